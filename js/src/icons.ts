/** The few pictures of the interface, as inner SVG of a 16 by 16 box drawn with the text's colour. */

const line = (path: string) =>
  `<path d="${path}" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>`;

export const icons = {
  squid:
    '<path d="M8 .9c2.500 1.500 4.100 3.700 4.100 5.600 0 1.200-.5 2-1.200 2.600H5.100C4.400 8.500 3.900 7.700 3.900 6.500 3.900 4.600 5.500 2.400 8 .9Z" fill="currentColor"/>' +
    line(
      "M5.300 9.600v2.100c0 1-.6 1.700-1.600 1.700M7.100 9.800v3.300c0 .9-.4 1.500-1.100 1.800M8.900 9.800v3.300c0 .9.4 1.500 1.100 1.800M10.700 9.600v2.100c0 1 .6 1.700 1.600 1.700",
    ),
  plus: line("M8 3.200v9.600M3.200 8h9.600"),
  clip: line(
    "M12.800 7.400 7.700 12.500a3.100 3.100 0 0 1-4.400-4.400l5.400-5.400a2.100 2.100 0 0 1 3 3l-5.300 5.300a1 1 0 0 1-1.500-1.500l4.700-4.700",
  ),
  send: line("M8 12.800V3.400M3.900 7.300 8 3.200l4.100 4.100"),
  stop: '<rect x="4" y="4" width="8" height="8" rx="1.500" fill="currentColor"/>',
  retry: line("M12.900 8a4.900 4.900 0 1 1-1.500-3.500M12.900 2.700v2.700h-2.700"),
  copy: line(
    "M5.800 5.800V3.600c0-.4.300-.8.800-.8h5.800c.4 0 .8.300.8.800v5.800c0 .4-.3.8-.8.8h-2.200M3.600 5.800h5.800c.4 0 .8.300.8.800v5.800c0 .4-.3.8-.8.8H3.600c-.4 0-.8-.3-.8-.8V6.600c0-.4.300-.8.800-.8Z",
  ),
  insert: line("M2.800 3.400h10.400M2.800 6.200h10.400M8 8.400v5M5.700 11 8 13.400l2.300-2.400"),
  check: line("m3.400 8.400 3.100 3.100 6.100-6.700"),
  close: line("m4.300 4.300 7.400 7.400M11.700 4.300l-7.400 7.400"),
  down: line("M8 3.300v9.300M3.900 8.700 8 12.800l4.100-4.100"),
  warn: line("M8 5.600v3.400M8 11.300v.1M8 2.400l6.100 10.900H1.900Z"),
  file: line(
    "M9.200 2.200H4.600c-.4 0-.8.300-.8.800v10c0 .4.300.8.800.8h6.800c.4 0 .8-.3.8-.8V5.200ZM9.200 2.200v3h3",
  ),
  image: line("M3 3.400h10v9.200H3ZM3 10.600l3-2.800 2.600 2.400 1.600-1.400 2.800 2.500M10 6.200v.1"),
} as const;

export type IconName = keyof typeof icons;

export function iconMarkup(name: IconName): string {
  return `<svg class="squid-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${icons[name]}</svg>`;
}
