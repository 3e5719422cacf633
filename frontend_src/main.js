// The dashboard of the integration: a strategy, a view, and the cards in it.

import { EnergyCard } from "./energy.js";
import { HeaderCard } from "./header.js";
import { LineCard } from "./line.js";
import { LiveCard } from "./live.js";
import { NowCard } from "./now.js";
import { OffersCard } from "./offers.js";
import { MeterStrategy } from "./strategy.js";
import { TariffCard } from "./tariff.js";
import { TotalsCard } from "./totals.js";
import { MeterView } from "./view.js";
import { WeekCard } from "./week.js";
import { firstWords } from "./words.js";

const ELEMENTS = {
  "linky-meter-header": HeaderCard,
  "linky-meter-now": NowCard,
  "linky-meter-live": LiveCard,
  "linky-meter-tariff": TariffCard,
  "linky-meter-totals": TotalsCard,
  "linky-meter-energy": EnergyCard,
  "linky-meter-offers": OffersCard,
  "linky-meter-week": WeekCard,
  "linky-meter-line": LineCard,
  "linky-meter-view": MeterView,
  "ll-strategy-dashboard-linky-meter": MeterStrategy,
};

// A page that was open before an update has them already
for (const [name, element] of Object.entries(ELEMENTS))
  if (!customElements.get(name)) customElements.define(name, element);

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
