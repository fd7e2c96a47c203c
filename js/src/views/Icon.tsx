import { type IconName, icons } from "../icons.js";

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class="squid-icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: icons[name] }}
    />
  );
}
