// Today, this month, a year, and what the house draws while it sleeps.

import { MeterCard, css, html, nothing, shared } from "./card.js";

const DAY = { year: "numeric", month: "numeric", day: "numeric" };

export class TotalsCard extends MeterCard {
  static shows = ["meter", "past"];

  static styles = [
    shared,
    css`
      :host {
        container-type: inline-size;
      }
      .totals {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 12px;
      }
      .totals:only-child {
        height: 100%;
      }
      .young {
        grid-template-columns: 1fr 1fr;
      }
      .sums {
        margin-top: 12px;
      }
      .sums.two {
        grid-template-columns: 1fr 1fr;
      }
      .sums.three ha-card:first-child {
        grid-column: span 2;
      }
      ha-card {
        --lm-height: 122px;
      }
      h2 {
        margin-bottom: 6px;
      }
      @container (max-width: 1100px) {
        .totals:not(.young) ha-card {
          --lm-height: 140px;
        }
        .figure strong {
          font-size: 25px;
        }
        .figure em {
          font-size: 16px;
        }
      }
      @container (max-width: 900px) {
        .totals {
          grid-template-columns: 1fr 1fr;
        }
        .totals:not(.young) ha-card {
          --lm-height: 122px;
        }
      }
      @container (max-width: 560px) {
        .totals {
          gap: 8px;
        }
        .sums {
          margin-top: 8px;
        }
        .totals:not(.young) ha-card {
          --lm-height: 152px;
        }
        .figure {
          flex-direction: column;
          gap: 0;
        }
        .figure strong {
          font-size: 22px;
          line-height: 30px;
        }
        .figure em {
          font-size: 15px;
          line-height: 20px;
          min-height: 20px;
        }
      }
    `,
  ];

  draw() {
    const { young } = this.config;
    return html`<div class="totals ${young ? "young" : ""}">
      ${this._today()} ${this._month()} ${young ? nothing : html`${this._year()} ${this._base()}`}
    </div>
    ${this._sums()}`;
  }

  /** Bill, calendar year and exported energy, of those who told of bills or sell. */
  _sums() {
    const { meter, w } = this;
    const { bill, calendar_year: year, month, battery } = meter.sums || {};
    if (!year) return nothing;
    const net = (one) => (one.net == null ? "" : w.t("net", { eur: w.euros(one.net) }));
    const day = (one) => w.billed(Date.parse(one.since), { day: "numeric", month: "long" });
    const tile = (title, key, one) => this._tile(title, key, w.kwh(one.kwh), one.eur, net(one));
    const tiles = [
      bill && tile(w.t("bill", { date: day(bill) }), "cost_bill", bill),
      tile(w.billed(Date.now(), { year: "numeric" }), "cost_calendar_year", year),
      month.net != null &&
        this._tile(
          w.t("exported_in", { month: w.billed(Date.now(), { month: "long" }) }),
          "export_revenue_month",
          w.kwh(month.exported),
          month.revenue,
          net(month),
        ),
      battery != null && this._tile(w.t("battery"), "virtual_battery", w.kwh(battery)),
    ].filter(Boolean);
    return html`<div class="totals sums ${["", "one", "two", "three"][tiles.length] || ""}">${tiles}</div>`;
  }

  _tile(title, key, kwh, eur, sub) {
    const { w } = this;
    return this.card(
      title,
      "",
      html`${this.figure(key, kwh ?? "–", typeof eur === "number" ? w.euros(eur, eur < 1000 ? 2 : 0) : eur || "", title)}
        <p>${sub ?? nothing}</p>`,
    );
  }

  _today() {
    const { w } = this;
    const { today } = this.meter;
    const kwh = today?.kwh;
    return this._tile(
      w.t("today"),
      "energy_import",
      kwh == null ? null : w.kwh(kwh),
      today?.eur,
      kwh == null ? w.t("not_counted") : this._exported() || this._usual(),
    );
  }

  _exported() {
    const kwh = this._store.past?.exported || 0;
    return kwh < 0.1 ? "" : this.w.t("exported", { kwh: this.w.kwh(kwh) });
  }

  /** Today beside the same weekday until the same hour. */
  _usual() {
    const { w } = this;
    const hours = this._store.past?.hours || [];
    if (!hours.length) return "";
    const now = hours[hours.length - 1];
    // After an import, the last hour that is known may be of another day
    if (w.counted(now.at, DAY) !== w.counted(Date.now(), DAY)) return "";
    const whole = hours.filter(({ weekday, hour }) => weekday === now.weekday && hour <= now.hour);
    const days = new Map();
    for (const { at, kwh: part, hour } of whole) {
      const day = Math.round((at / 3600e3 - hour) / 24);
      days.set(day, (days.get(day) || 0) + part);
    }
    const sums = [...days.values()];
    const today = sums.pop();
    if (sums.length < 2 || !today || now.hour < 6) return "";
    const usual = sums.reduce((a, b) => a + b) / sums.length;
    const more = (100 * (today - usual)) / usual;
    const day = w.counted(now.at, { weekday: "long" });
    if (Math.abs(more) < 3) return w.t("as_usual", { day });
    return w.t(more > 0 ? "more_than" : "less_than", { percent: w.percent(Math.abs(more)), day });
  }

  _month() {
    const { w } = this;
    const { month } = this.meter;
    const name = w.billed(Date.now(), { month: "long" });
    // The subscription of days that nobody counted would mislead
    const whole = month?.complete !== false;
    let sub = "";
    if (whole && month?.low != null && month.high - month.low > 0.5)
      sub = w.t("whole_month", { low: w.euros(month.low, 0), high: w.euros(month.high, 0) });
    else if (month?.since)
      sub = w.t(whole ? "since" : "since_energy", {
        date: w.billed(Date.parse(month.since), { day: "numeric", month: "long" }),
      });
    return this._tile(
      name[0].toUpperCase() + name.slice(1),
      this.meter.entities.cost_month ? "cost_month" : "energy_import",
      month ? w.kwh(month.kwh) : null,
      whole ? month?.eur : month.energy,
      sub,
    );
  }

  _year() {
    const { w } = this;
    const { year } = this.meter;
    if (year)
      return this._tile(
        w.t("twelve"),
        "energy_import",
        w.kwh(year.kwh),
        year.high - year.low > 0.5 ? w.range(year.low, year.high) : year.eur,
        w.t("subscription", { eur: w.euros(year.subscription, 0) }),
      );
    const { past } = this._store;
    if (past?.year != null) return this._tile(w.t("twelve"), "energy_import", w.kwh(past.year), null, "");
    const months = past?.months || [];
    if (months.length < 2) return this._tile(w.t("twelve"), "", null, null, past ? w.t("after_day") : "");
    const sum = months.reduce((all, one) => all + one.sum, 0);
    const date = w.counted(months[0].at, { month: "long", year: "numeric" });
    return this._tile(w.t("last_months", { date }), "energy_import", w.kwh(sum), null, "");
  }

  /** The lowest hour of each night, in the middle of two weeks. */
  _base() {
    const { meter, w } = this;
    const title = w.t("base_load");
    const hours = this._store.past?.hours;
    if (!hours) return this._tile(title, "", null, null, "");
    const nights = new Map();
    for (const { at, hour, kwh } of hours.slice(-15 * 24)) {
      if (hour > 5) continue;
      const night = Math.floor((at / 3600e3 - hour) / 24);
      nights.set(night, Math.min(nights.get(night) ?? Infinity, kwh));
    }
    const lows = [...nights.values()].filter((kwh) => kwh > 0).sort((a, b) => a - b);
    if (lows.length < 3) return this._tile(title, "", null, null, w.t("after_night"));
    const kw = lows[Math.floor(lows.length / 2)];
    // What a kWh cost, without the subscription: over the year, once it is known, else over
    // that to come; as under Tempo no month is like another
    const { year, month, mean_price: mean } = meter;
    const of = (eur, kwh) => (kwh > 5 && eur ? eur / kwh : null);
    const price = year
      ? of(year.eur - year.subscription, year.kwh)
      : (mean ?? of(month?.energy, month?.priced_kwh));
    return this._tile(
      title,
      "active_power",
      w.unit(kw * 1000, "W"),
      price ? w.t("per_year", { eur: w.euros(kw * 8766 * price, 0) }) : null,
      w.t("night"),
    );
  }
}
