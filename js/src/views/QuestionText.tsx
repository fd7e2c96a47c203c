import { pieces } from "../links.js";

/** A question as it was typed; only links to sessions and messages are more than text. */
export function QuestionText({ text }: { text: string }) {
  return (
    <p class="squid-question">
      {pieces(text).map(({ text: words, uri }) =>
        uri === null ? (
          words
        ) : (
          <a class="squid-link" href={uri}>
            {words}
          </a>
        ),
      )}
    </p>
  );
}
