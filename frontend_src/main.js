// The dashboard of the integration: what is told at once, and the rest as soon as it can be.

import { firstWords } from "./words.js";

const SOON = 20;
const MOST_TRIES = 500;

const words = firstWords();
window.customStrategies = window.customStrategies || [];
if (!window.customStrategies.some(({ type }) => type === "linky-meter"))
  window.customStrategies.push({
    type: "linky-meter",
    strategyType: "dashboard",
    name: words.t("name"),
    description: words.t("description"),
    documentationURL: "https://github.com/linky-meter/linky-meter",
  });

/** Home Assistant may replace the registry of elements, and their base: ours come after that. */
async function define() {
  for (let tries = MOST_TRIES; tries && !customElements.get("home-assistant"); tries--)
    await new Promise((resolve) => setTimeout(resolve, SOON));
  const { ELEMENTS } = await import("./elements.js");
  // A page that was open before an update has them already
  for (const [name, element] of Object.entries(ELEMENTS))
    if (!customElements.get(name)) customElements.define(name, element);
}

define();
