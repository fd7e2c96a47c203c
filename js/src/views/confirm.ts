const CONFIRM_MS = 1600;

/** A short sign on the button itself that it worked. */
export function confirm(button: HTMLElement, title: string): void {
  button.dataset.squidDone = "true";
  button.title = title;
  setTimeout(() => {
    delete button.dataset.squidDone;
    button.title = button.getAttribute("aria-label") ?? "";
  }, CONFIRM_MS);
}
