// Finds what people would read in English whatever their language is: words in the sources that do not go through
// `trans` (src/words.ts), and calls of it that cannot be translated. A test runs it over src/.

import { createRequire } from "node:module";

// TypeScript 7 has no parser to call; the collector of messages brings the one before it.
const require = createRequire(import.meta.url);
/** @type {import("typescript")} */
const ts = createRequire(require.resolve("gettext-extractor"))("typescript");
const { SyntaxKind } = ts;

/** Attributes, properties and assigned members that are shown or read out. */
const SHOWN =
  /^(?:title|label|hint|message|caption|note|facts|placeholder|alt|textContent|ariaLabel|aria-(?:label|description|valuetext|roledescription|placeholder))$/;
/** Signals of sentences, as in `status.value = …`. */
const SIGNALS = /^(?:status|notice)$/;
/** Names are the same in every language. */
const NAMES = /^(?:Squid|SQL|Python|Markdown|HTML|JSON|Parquet)?[\s\p{P}\p{S}\d]*$/u;
const LETTER = /\p{L}/u;
/** A capital and more words, words and a full stop, or a word alone with one. */
const SENTENCE = /^\p{Lu}\p{L}*[,;:]? \p{L}|\p{L} .*\p{L}[.…?]$|^\p{Lu}\p{L}+[.…]$/u;
const CALL = /^trans\.(?:__|_n|_p)$/;
const CONSOLE = /^console\.|^(?:Type|Range)?Error$/;

/**
 * @param {string} text the source
 * @param {string} name such as `src/views/Chat.tsx`
 * @returns {string[]} one line for each finding
 */
export function untranslated(text, name) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  /** @type {Map<number, string>} */
  const found = new Map();
  const report = (node, why) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.set(node.getStart(source), `${name}:${line + 1}: ${why}: ${node.getText(source).slice(0, 80)}`);
  };
  const reportWords = (expression) => {
    for (const node of produced(expression)) if (hasWords(node)) report(node, "not translated");
  };
  const visit = (node) => {
    if (isTrans(node, source)) {
      if (node.arguments.some((one, index) => index < places(node, source) && !ts.isStringLiteralLike(one)))
        report(node, "cannot be collected");
      if (!inFunction(node)) report(node, "asked before the translations have come");
      for (const value of node.arguments.slice(places(node, source))) visit(value);
      return;
    }
    if (ts.isJsxText(node) && LETTER.test(node.text) && !NAMES.test(node.text.trim()))
      report(node, "not translated");
    else if (ts.isJsxAttribute(node) && SHOWN.test(node.name.getText(source))) reportWords(node.initializer);
    else if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) reportWords(node.expression);
    else if (ts.isPropertyAssignment(node) && SHOWN.test(node.name.getText(source)))
      reportWords(node.initializer);
    else if (isAssignment(node) && isShown(node.left, source)) reportWords(node.right);
    else if (isText(node) && isSentence(node) && !isSilent(node, source)) report(node, "not translated");
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

/** How many of the first arguments are texts. */
function places(call, source) {
  return call.expression.getText(source) === "trans.__" ? 1 : 2;
}

function isTrans(node, source) {
  return ts.isCallExpression(node) && CALL.test(node.expression.getText(source));
}

function inFunction(node) {
  return ts.findAncestor(node, (one) => ts.isFunctionLike(one)) !== undefined;
}

function isAssignment(node) {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken;
}

function isShown(node, source) {
  if (!ts.isPropertyAccessExpression(node)) return false;
  const owner = node.expression;
  const ofSignal = node.name.text === "value" && ts.isPropertyAccessExpression(owner);
  return SHOWN.test(node.name.text) || (ofSignal && SIGNALS.test(owner.name.getText(source)));
}

/** What an expression may turn out to be. */
function* produced(node) {
  if (node === undefined) return;
  if (isText(node)) yield node;
  else if (ts.isConditionalExpression(node)) {
    yield* produced(node.whenTrue);
    yield* produced(node.whenFalse);
  } else if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind !== SyntaxKind.AmpersandAmpersandToken) yield* produced(node.left);
    yield* produced(node.right);
  } else if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isJsxExpression(node))
    yield* produced(node.expression);
}

function isText(node) {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function pieces(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

function hasWords(node) {
  return pieces(node).some((text) => LETTER.test(text) && !NAMES.test(text.trim()));
}

function isSentence(node) {
  return SENTENCE.test(pieces(node).join("x"));
}

/** What only developers, or nobody, reads. */
function isSilent(node, source) {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isLiteralTypeNode(parent) || parent.name === node) return true;
  if (ts.isPropertyAssignment(parent) && parent.name.getText(source) === "description") return true;
  const call = ts.isCallExpression(parent) || ts.isNewExpression(parent) ? parent : null;
  return call !== null && CONSOLE.test(call.expression.getText(source));
}
