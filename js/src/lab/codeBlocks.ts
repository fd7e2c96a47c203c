/** The code of an answer, as it stands in the page. */
export const codeBlocks = {
  textOf(block: Element | null | undefined): string | null {
    return block?.querySelector("code")?.textContent ?? null;
  },
  /** The newest block of a conversation. */
  last(root: Element): string | null {
    return codeBlocks.textOf([...root.querySelectorAll(".squid-code")].at(-1));
  },
};
