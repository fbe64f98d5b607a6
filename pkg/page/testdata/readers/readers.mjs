// Renders Markdown with what sites use, and says what a reader sees of it: one JSON object a line in, one out.
//
// In: {"markdown", "html": {reader: HTML that it has made}, "formulas": [TeX as Notion has it]}.
// Out: {"outlines": {reader: text, structure and links}, "text": [[characters, looks]…], "ids", "errors"}: all but the
// outlines are those of the stack that README.md recommends.
import katex from "katex";
import MarkdownIt from "markdown-it";
import { marked } from "marked";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import Markdown from "react-markdown";
import { createInterface } from "node:readline";
import rehypeKatex from "rehype-katex";
import rehypeParse from "rehype-parse";
import rehypeRaw from "rehype-raw";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";

const markdownIt = new MarkdownIt({ html: true });
const gfm = unified().use(remarkParse).use(remarkGfm).use(remarkRehype, { allowDangerousHtml: true }).use(rehypeRaw);
const math = unified().use(remarkParse).use(remarkGfm).use(remarkMath)
  .use(remarkRehype, { allowDangerousHtml: true }).use(rehypeRaw);
const sanitize = unified().use(rehypeSanitize);
const html = unified().use(rehypeParse, { fragment: true });

const render = (processor, markdown) => processor.runSync(processor.parse(markdown));

// The stack of README.md, as a site renders it.
const stack = (markdown) =>
  renderToStaticMarkup(createElement(Markdown, {
    remarkPlugins: [remarkGfm, remarkMath],
    rehypePlugins: [rehypeRaw, rehypeSanitize, [rehypeKatex, { strict: false }]], // it would only warn
    children: markdown,
  }));

const classes = (node) => [node.properties?.className ?? []].flat().map(String);
const has = (node, name) => classes(node).includes(name);
const raw = (node) => (node.type === "text" ? node.value : (node.children ?? []).map(raw).join(""));
const element = (tagName, ...children) => ({ type: "element", tagName, properties: {}, children });

// Formulas as those see them who know none: dollars around text.
function withDollars(node) {
  if (has(node, "math-inline")) return { type: "text", value: "$" + raw(node) + "$" };
  if (node.tagName === "pre" && has(node.children[0], "math-display")) {
    return element("p", { type: "text", value: "$$ " + raw(node) + " $$" });
  }
  return node.children ? { ...node, children: node.children.map(withDollars) } : node;
}

const structure = new Set("h1 h2 h3 h4 h5 h6 ul ol li blockquote table tr th td details summary".split(" "));
const looks = { strong: "strong", em: "em", del: "del", s: "del", ins: "ins", code: "code" };
const blocks = new Set("p div section br hr".split(" "));

// outline is what a reader sees: elements in parentheses, paragraphs apart, text with its looks. marks: formulas are ∎.
function outline(tree, marks) {
  const out = [];
  const text = [];
  let boxes = 0;
  const put = (token) => out.push(token);
  function say(value, style) {
    for (const part of value.split(/([ \t\n\r\f]+)/)) {
      if (part === "") continue;
      if (/^[ \t\n\r\f]/.test(part)) put(" ");
      else put({ value: part, style: style.join(" ") }), text.push([part, style.join(" ")]);
    }
  }
  function walk(node, style) {
    if (node.type === "text") return say(node.value, style);
    if (node.type !== "element") return (node.children ?? []).forEach((child) => walk(child, style));
    const { tagName: name, properties, children } = node;
    const inside = (next) => children.forEach((child) => walk(child, next));
    if (marks && (has(node, "katex") || has(node, "katex-error") || name === "code" && has(node, "language-math"))) {
      return say("∎", style.filter((s) => s.startsWith("a=")));
    }
    if (name === "pre") {
      if (marks && has(children[0], "language-math")) return put("¶"), say("∎", []), put("¶");
      const lang = classes(children[0] ?? node).find((c) => c.startsWith("language-")) ?? "";
      return put(`(pre ${lang} ${JSON.stringify(raw(node).replace(/^[^\S\n]+$/gm, "").replace(/^[ \t]+/gm, " ").replace(/^\n+|\n$/g, ""))})`);
    }
    if (marks && has(node, "katex-display")) return put("¶"), inside([]), put("¶");
    if (name === "img") {
      const value = `{${address(properties.src)} ${JSON.stringify(properties.alt ?? "")}}`;
      return put({ value, style: style.join(" ") });
    }
    if (name === "input") { // some readers begin a paragraph behind it
      return boxes++, put({ value: properties.checked ? "[x]" : "[ ]", style: "", box: true });
    }
    if (name === "br" || name === "hr") return put("¶"), put(`(${name})`), put("¶");
    if (name === "a" && properties.href !== undefined) return inside([...style, "a=" + address(properties.href)].sort());
    const look = looks[name];
    if (look) return inside(style.includes(look) ? style : [...style, look].sort());
    if (structure.has(name)) {
      const start = name === "ol" && Number(properties.start ?? 1) !== 1 ? " " + properties.start : "";
      put(`(${name}${start}`), inside(style), put(")");
      return;
    }
    if (blocks.has(name)) return put("¶"), inside(style), put("¶");
    inside(style);
  }
  walk(tree, []);
  return { text, boxes, outline: spaced(out) };
}

// address is a URL in the form that all encode alike.
function address(href) {
  try {
    return encodeURI(decodeURI(href));
  } catch {
    return encodeURI(href);
  }
}

// spaced joins the tokens: text of one look in one line, spaces only between texts, one sign between paragraphs.
function spaced(tokens) {
  let out = "";
  let style = null;
  let space = false;
  let last = {};
  for (const token of tokens) {
    if (token === "¶" && last.box) continue;
    if (token !== " ") last = token;
    if (token === " ") {
      space = style !== null; // none shows where a line begins
      continue;
    }
    if (typeof token === "string") {
      if (token === "¶") {
        if (!/(^|[¶(]\n?|\n\([a-z0-9 ]+)$/.test(out) && !out.endsWith("¶")) out += "\n¶";
      } else out += "\n" + token;
      style = null;
    } else if (style === token.style) {
      out += (space ? " " : "") + token.value;
    } else {
      out += `\n${space ? "_" : ""}[${token.style}]` + token.value;
      style = token.style;
    }
    space = false;
  }
  return out.replace(/\n¶(?=\n[()]|$)/g, "").replace(/(\n(?:\([a-z0-9 ]+|\)|\(pre .*\)))\n¶/g, "$1");
}

// formulas are the TeX that has been found, in order.
function formulas(tree, found = []) {
  if (tree.tagName === "annotation") found.push(raw(tree));
  else if (has(tree, "katex-error")) found.push(null);
  else (tree.children ?? []).forEach((child) => formulas(child, found));
  return found;
}

function ids(tree, found = []) {
  if (tree.properties?.id) found.push(tree.properties.id);
  (tree.children ?? []).forEach((child) => ids(child, found));
  return found;
}

// drawn is what KaTeX makes of TeX, null where it is none.
function drawn(tex) {
  try {
    return katex.renderToString(tex, { output: "mathml", strict: false }).replace(/<annotation.*<\/annotation>/s, "");
  } catch {
    return null;
  }
}

function differing(wanted, found) {
  if (wanted.length !== found.length) {
    return [`formulas ${JSON.stringify(found)}, want ${JSON.stringify(wanted)}`];
  }
  return wanted.flatMap((tex, i) => {
    const want = drawn(tex);
    if (want === null || found[i] !== null && drawn(found[i]) === want) return [];
    return [`formula ${JSON.stringify(found[i])} looks different from ${JSON.stringify(tex)}`];
  });
}

function read({ markdown, html: made = {}, formulas: wanted }) {
  const boxed = (tree) => {
    const { outline: seen, boxes } = outline(tree, false);
    return `${seen}\n${boxes} boxes`;
  };
  const tree = render(math, markdown);
  const marked_ = outline(sanitize.runSync(tree), true);
  const site = html.parse(stack(markdown));
  const outlines = {
    "README.md's stack": boxed(sanitize.runSync(withDollars(tree))),
    "remark-gfm": boxed(render(gfm, markdown)),
    marked: boxed(html.parse(marked.parse(markdown))),
  };
  // These know no boxes, or none in quotes, but show the same in letters.
  const unboxed = (tree) => outline(tree, false).outline + "\n" + /\d+ boxes$/.exec(outlines.marked)[0];
  outlines["markdown-it"] = unboxed(html.parse(markdownIt.render(markdown)));
  for (const [reader, page] of Object.entries(made)) {
    outlines[reader] = (reader === "cmark-gfm" ? unboxed : boxed)(html.parse(page));
  }
  const errors = differing(wanted ?? [], formulas(site));
  const shown = outline(site, true).outline;
  if (shown !== marked_.outline) errors.push(`react-markdown shows\n${shown}\nwant\n${marked_.outline}`);
  return { outlines, text: marked_.text, ids: ids(site), errors };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = read(JSON.parse(line));
  } catch (error) {
    answer = { errors: [String(error.stack)] };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
