// Everything can be done from the keyboard; ? shows how.

import { button, el, fill } from "./dom.js";

const HELP = [
  ["j  k", "next, previous line; in an episode, next, previous episode of the list"],
  ["Enter", "open an episode, unfold a step or a group"],
  ["→  ←", "unfold, fold"],
  ["e  E", "unfold, fold all groups"],
  ["[  ]", "previous, next episode of the same group"],
  ["c", "compare the episode with another of its group"],
  ["m", "mark an episode: c compares with it"],
  ["v", "compare two checkpoints or runs"],
  ["/", "search"],
  ["s", "choose the reward to score by"],
  ["f", "to the filters"],
  ["x", "clear all filters"],
  ["t", "theme: as the system, light, dark"],
  ["Esc", "back"],
  ["?", "this"],
];

export function showHelp() {
  const dialog = document.getElementById("help");
  fill(dialog, el("h2", {}, "Keyboard"),
    el("dl", {}, HELP.map(([keys, words]) => [el("dt", {}, keys.split("  ").map((key) => el("kbd", {}, key))), el("dd", {}, words)])),
    button("Close", () => dialog.close(), { autofocus: true }));
  if (!dialog.open) dialog.showModal();
}

// `does`: key -> what to do. Typing in a field is typing; Esc leaves it.
export function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("help").open) return;
    const field = event.target.closest("input, select, textarea");
    const isBox = field?.type === "checkbox";
    if (field && !isBox) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const within = event.target.closest("a, button, summary, input");
    if (within && [" ", "Enter"].includes(event.key)) return;
    const act = does[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
