/* Nodes out of the server's data: [name, attributes, child…] or a text. Texts only ever become text. */

import { arranged } from "./sorting.js";

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "rect"]);
const KEPT = new Set(["open", "aria-sort"]);
const REFUSED = /^on|^style$|^srcdoc$/i;

/** The element or text that some data says. */
export function build(data) {
  if (typeof data === "string") return document.createTextNode(data);
  const [name, attributes, ...children] = data;
  const made = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children.map(build));
  return made;
}

/** Make an element what the data says with as little change as can be, so that focus, scroll and what is open stay.
 *  What another hand drew into (data-keep) is left to it. */
export function become(node, data) {
  const [, attributes, ...given] = data;
  if ("data-keep" in attributes) return;
  const children = data[0] === "tbody" ? arranged(node.closest("table").id, given) : given;
  for (const { name } of [...node.attributes]) {
    if (!(name in attributes) && !KEPT.has(name)) node.removeAttribute(name);
  }
  setAttributes(node, attributes);
  becomeChildren(node, children);
}

/** Make the children of an element those of a list of data. */
export function becomeChildren(node, children) {
  const keyed = new Map([...node.children].filter(keyOf).map((child) => [keyOf(child), child]));
  const wanted = children.map((data, place) => fitting(data, keyed.get(keyIn(data)) ?? node.childNodes[place]));
  const staying = new Set(wanted);
  for (const child of [...node.childNodes]) if (!staying.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (node.childNodes[place] !== child) node.insertBefore(child, node.childNodes[place] ?? null);
  });
}

function fitting(data, present) {
  if (!present || !fits(present, data)) return build(data);
  if (typeof data !== "string") become(present, data);
  else if (present.data !== data) present.data = data;
  return present;
}

function fits(node, data) {
  if (typeof data === "string") return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === data[0] && keyOf(node) === keyIn(data);
}

function keyOf(node) {
  return node.getAttribute("data-key") ?? node.id ?? "";
}

function keyIn(data) {
  return typeof data === "string" ? "" : (data[1]["data-key"] ?? data[1].id ?? "");
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const unsafe = REFUSED.test(name) || (name === "href" && !/^[?#/]/.test(value));
    if (!unsafe && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}
