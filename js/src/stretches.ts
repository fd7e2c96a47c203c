/**
 * A long conversation in stretches of a few dozen messages. The browser skips a stretch out of view as a whole, and a
 * stretch in which nothing changed is not looked at again. A message stays in its stretch, whatever is loaded above
 * or said below, so what was rendered for it stays too.
 */

import type { Entry } from "./entries.js";

export interface Stretch {
  id: number;
  entries: readonly Entry[];
}

const LENGTH = 40;

export class Stretches {
  /** Key of an entry → the stretch it is in. */
  #home = new Map<string, number>();
  #shown: readonly Stretch[] = [];
  #next = 0;

  /** The entries in order; stretches that are the same as before are the same objects. */
  divide(entries: readonly Entry[]): readonly Stretch[] {
    const groups: { id: number; entries: Entry[] }[] = [];
    for (const entry of entries) {
      const last = groups.at(-1);
      const home = this.#home.get(entry.key);
      const joins =
        last !== undefined && (home === undefined ? last.entries.length < LENGTH : home === last.id);
      if (joins) last.entries.push(entry);
      else groups.push({ id: this.#free(home, groups), entries: [entry] });
    }
    this.#home = new Map(groups.flatMap(({ id, entries }) => entries.map(({ key }) => [key, id])));
    const before = new Map(this.#shown.map((stretch) => [stretch.id, stretch]));
    this.#shown = groups.map((group) => {
      const known = before.get(group.id);
      return known !== undefined && same(known.entries, group.entries) ? known : group;
    });
    return this.#shown;
  }

  #free(home: number | undefined, groups: readonly Stretch[]): number {
    if (home !== undefined && !groups.some(({ id }) => id === home)) return home;
    this.#next += 1;
    return this.#next;
  }
}

function same(one: readonly Entry[], other: readonly Entry[]): boolean {
  return one.length === other.length && one.every((entry, index) => entry === other[index]);
}
