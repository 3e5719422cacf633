// A dashboard without YAML: one view for each meter, before these one of all.

import { meet } from "./store.js";
import { wordsOf } from "./words.js";

const YOUNG = 3 * 24 * 3600e3;
const CARDS = ["header", "now", "live", "tariff", "totals", "energy", "offers", "week", "line"];

export class MeterStrategy extends HTMLElement {
  static async generate(config, hass) {
    const words = hass.loadBackendTranslation?.("common", "linky_meter").catch(() => {});
    let found = await meters(hass);
    meet(found);
    // Sentences that come later would push down what is below them
    if (found.some(({ meter }) => meter.contracts)) await words;
    // Why one is not read is said at once
    if (found.some(({ meter }) => !meter.link))
      await hass.loadBackendTranslation?.("exceptions", "linky_meter");
    if (config.entries?.length)
      found = found.filter(({ meter }) => config.entries.includes(meter.entry));
    if (!found.length) {
      const content = wordsOf(hass).t("none");
      return { views: [{ title: "Linky", cards: [{ type: "markdown", content }] }] };
    }
    return {
      title: found.length === 1 ? found[0].meter.name : "Linky",
      views: [
        ...(found.length > 1 ? [overviewOf(found, wordsOf(hass))] : []),
        ...found.map(({ meter }, n) => ({
          type: "custom:linky-meter-view",
          title: meter.name,
          path: pathOf(n),
          cards: cardsOf(meter),
        })),
      ],
    };
  }
}

/** Return all meters; while Home Assistant starts, as soon as it knows them. */
async function meters(hass) {
  for (let tries = 30; ; tries--) {
    try {
      return await hass.connection.sendMessagePromise({ type: "linky_meter/meters" });
    } catch (error) {
      if (!tries || error?.code !== "unknown_command") throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function pathOf(n) {
  return n ? `linky-${n + 1}` : "linky";
}

function overviewOf(found, words) {
  const entries = found.map(({ meter }) => meter.entry);
  return {
    type: "custom:linky-meter-view",
    title: words.t("overview"),
    path: "overview",
    cards: [{ type: "custom:linky-meter-overview", entries, paths: entries.map((_, n) => pathOf(n)) }],
  };
}

/** On its first days a meter has no usual week. */
function cardsOf(meter) {
  const young = Date.now() - Date.parse(meter.since) < YOUNG;
  return CARDS.filter((card) => !young || card !== "week").map((card) => ({
    type: `custom:linky-meter-${card}`,
    entry: meter.entry,
    ...(young && card === "totals" ? { young } : {}),
  }));
}
