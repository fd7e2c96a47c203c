import { GONE } from "../kernelTransport.js";
import type { Connection, Says } from "../transport.js";
import { trans } from "../words.js";
import { Banner } from "./Banner.js";
import { withCode } from "./withCode.js";

const SILENT: Says = {
  get message() {
    return trans.__("The kernel does not answer; it may be busy.");
  },
  get hint() {
    return trans.__("If it was restarted, run this cell again to reconnect; nothing is lost.");
  },
};

interface Props {
  connection: Connection;
  /** What the transport knows about it. */
  trouble: Says | null;
  onRetry(): void;
}

/** Whether anybody is there. */
export function ConnectionNotice({ connection, trouble, onRetry }: Props) {
  if (connection !== "gone" && connection !== "silent") return null;
  const gone = connection === "gone";
  const { message, hint } = trouble ?? (gone ? GONE : SILENT);
  return (
    <Banner
      kind={gone ? "warning" : "info"}
      {...(gone ? { action: { label: trans.__("Try again"), run: onRetry } } : {})}
    >
      {withCode(message)} {withCode(hint)}
    </Banner>
  );
}
