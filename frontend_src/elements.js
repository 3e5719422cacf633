// The elements of the dashboard: a strategy, a view, and the cards in it.

import { EnergyCard } from "./energy.js";
import { HeaderCard } from "./header.js";
import { LineCard } from "./line.js";
import { LiveCard } from "./live.js";
import { NowCard } from "./now.js";
import { OffersCard } from "./offers.js";
import { OverviewCard } from "./overview.js";
import { MeterStrategy } from "./strategy.js";
import { TariffCard } from "./tariff.js";
import { TotalsCard } from "./totals.js";
import { MeterView } from "./view.js";
import { WeekCard } from "./week.js";

export const ELEMENTS = {
  "linky-meter-overview": OverviewCard,
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
