// All meters at a glance: each as a way to its view, and what they add up to.

import { barStyles, powerBar } from "./bar.js";
import { MeterCard, colourOf, css, html, nothing, shared } from "./card.js";
import { isRead, powerOf } from "./store.js";
import { ownTariff } from "./tariff.js";

export class OverviewCard extends MeterCard {
  static shows = ["meter", "now", "exported"];

  static styles = [
    shared,
    barStyles,
    css`
      :host {
        container-type: inline-size;
      }
      h1 {
        font-size: 22px;
        font-weight: 400;
        line-height: 32px;
        margin: 0 0 12px;
        color: var(--primary-text-color);
      }
      .all {
        height: auto;
      }
      .sums {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 12px;
      }
      .sums strong {
        font-size: 28px;
        font-weight: 400;
        line-height: 36px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .sums p {
        min-height: 18px;
        margin: 2px 0 0;
      }
      ul {
        list-style: none;
        margin: 12px 0 0;
        padding: 0;
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
        gap: 12px;
      }
      li {
        min-width: 0;
      }
      li a {
        display: block;
        height: 100%;
        color: inherit;
        text-decoration: none;
      }
      li a:hover h2 > :first-child {
        color: var(--lm-accent);
      }
      li h2 > :first-child {
        font-size: 16px;
        color: var(--lm-ink);
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .state i {
        display: inline-block;
        width: 7px;
        height: 7px;
        border-radius: 4px;
        margin-right: 7px;
        vertical-align: 1px;
        background: var(--lm-ok);
      }
      .lost i {
        background: var(--lm-bad);
      }
      .power {
        margin: 8px 0 10px;
      }
      .figure {
        cursor: inherit;
        min-height: 42px;
      }
      .figure strong {
        font-size: 36px;
        line-height: 42px;
        letter-spacing: -0.5px;
      }
      .figure em {
        margin-left: -4px;
      }
      .figure > :only-child {
        align-self: center;
      }
      .warn {
        color: var(--lm-bad);
        font-weight: 500;
        font-size: 14px;
        white-space: normal;
      }
      .row {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        font-variant-numeric: tabular-nums;
      }
      .row > :last-child {
        text-align: right;
        color: var(--lm-ink);
      }
      .row i {
        display: inline-block;
        width: 10px;
        height: 10px;
        border-radius: 3px;
        margin-right: 6px;
        vertical-align: -1px;
      }
      @container (max-width: 560px) {
        h1 {
          padding: 0 8px;
        }
        .sums {
          grid-template-columns: 1fr 1fr;
        }
        .sums > :first-child {
          grid-column: span 2;
        }
        ul {
          gap: 8px;
          margin-top: 8px;
        }
      }
    `,
  ];

  render() {
    if (!this.hass || !this._stores) return nothing;
    if (!this._stores.length) return html`<ha-card><div class="empty">${this.w.t("none")}</div></ha-card>`;
    return html`<h1>${this.w.t("overview")}</h1>
      ${this._sums()}
      <ul>
        ${this._stores.map((store, n) => html`<li>${this._tile(store, this.config.paths[n])}</li>`)}
      </ul>`;
  }

  _sums() {
    const { w } = this;
    const meters = this._stores.map(({ meter }) => meter).filter(Boolean);
    const kwh = sum(meters.map(({ today }) => today?.kwh));
    const eur = sum(meters.map(({ today }) => today?.eur));
    const unpriced = meters.filter(({ today }) => today?.eur == null);
    const exported = this._stores.some(({ meter }) => meter?.producer)
      ? sum(this._stores.map((store) => store.exported))
      : null;
    const { power, unit, sub } = this._power();
    return this.card(
      w.t("all_meters"),
      "",
      html`<div class="sums">
        ${this._sum(w.t("now"), power === null ? "–" : `${w.kw(power)}\u00a0${unit}`, sub)}
        ${this._sum(
          w.t("today"),
          kwh === null ? "–" : w.kwh(kwh),
          exported === null ? "" : w.t("exported", { kwh: w.kwh(exported) }),
        )}
        ${this._sum(
          w.t("cost_today"),
          eur === null ? "–" : w.euros(eur),
          eur === null ? w.t("no_prices") : this._without(unpriced),
        )}
      </div>`,
      { class: "all" },
    );
  }

  _sum(what, value, sub) {
    return html`<div><p>${what}</p><strong>${value}</strong><p>${sub || nothing}</p></div>`;
  }

  /** What all that are read draw; in kVA where one of them tells no more. */
  _power() {
    const { w } = this;
    const read = this._stores.filter((store) => isRead(store) && powerOf(store.now) !== null);
    const active = read.every(({ now }) => now.active_power != null);
    const powers = read.map(({ now }) => powerOf(active ? now : { ...now, active_power: null }));
    const unit = active ? "kW" : "kVA";
    const drawn = sum(powers.filter((one) => one >= 0));
    const exported = sum(powers.filter((one) => one < 0));
    let sub = this._without(this._stores.filter((store) => store.meter && !read.includes(store)).map(({ meter }) => meter));
    if (!sub && drawn && exported)
      sub = w.t("drawn_exported", {
        drawn: `${w.kw(drawn)}\u00a0${unit}`,
        exported: `${w.kw(-exported)}\u00a0${unit}`,
      });
    return { power: sum(powers), unit, sub };
  }

  _without(meters) {
    if (!meters.length) return "";
    return this.w.t("without", { names: meters.map(({ name }) => name).join(", ") });
  }

  _tile(store, path) {
    const { w } = this;
    const { meter } = store;
    if (store.gone || !meter) return html`<ha-card><div class="empty">${store.gone ? w.t("gone") : ""}</div></ha-card>`;
    const read = isRead(store);
    const rows = [
      [w.t("today"), this._today(meter)],
      ...(meter.producer
        ? [[w.t("exported_today"), store.exported === null ? "–" : w.kwh(store.exported)]]
        : []),
      [w.t("tariff"), ...this._tariff(meter)],
    ];
    const [power, unit] = read ? this._figure(store.now) : ["–", ""];
    const warning = read ? this._warning(store) : w.unread(meter);
    const label = [
      `${power} ${unit}`.trim(),
      warning,
      ...rows.map(([name, value]) => w.t("named", { name, value })),
    ];
    // Its own dashboard may have any address
    const href = `/${location.pathname.split("/")[1]}/${path}`;
    return html`<a href=${href} aria-label=${w.t("named", { name: meter.name, value: label.filter(Boolean).join(", ") })}>
      <ha-card aria-hidden="true">
        <h2><span>${meter.name}</span><span class="state ${read ? "" : "lost"}"><i></i>${w.t(read ? "live" : "not_read")}</span></h2>
        <div class="figure">${
          read || !warning ? html`<strong>${power}</strong><em>${unit}</em>` : nothing
        }${
          warning ? html`<span class=${read ? "warn" : ""}>${warning}</span>` : nothing
        }</div>
        ${read ? powerBar(meter, store.now, w, { plain: true }) : html`<div class="bar power"></div>`}
        ${rows.map(
          ([name, value, colour]) => html`<p class="row"><span>${name}</span><span>${
            colour ? html`<i style="background:${colour}"></i>` : nothing
          }${value}</span></p>`,
        )}
      </ha-card>
    </a>`;
  }

  /** The power with its unit; the current of a meter that tells no power. */
  _figure(now) {
    const { w } = this;
    const power = powerOf(now);
    if (power !== null) return [w.kw(power), now.active_power != null ? "kW" : "kVA"];
    const lone = now.current_l1 != null && now.current_l2 == null;
    return lone ? [w.number(now.current_l1, 1), "A"] : ["–", ""];
  }

  _today({ today }) {
    const { w } = this;
    if (today?.kwh == null) return w.t("not_counted");
    return today.eur == null ? w.kwh(today.kwh) : `${w.kwh(today.kwh)} · ${w.euros(today.eur)}`;
  }

  /** The tariff with its price, and its colour. */
  _tariff(meter) {
    const { w } = this;
    const index = meter.indexes?.[meter.index];
    const name =
      ownTariff(this.hass, meter) || w.tariff(index, { short: true }) || w.contract(meter) || "–";
    const words = index?.price == null ? name : `${name} · ${w.euros(index.price, 4)}/kWh`;
    return [words, index && colourOf(index, Object.keys(meter.indexes).indexOf(String(meter.index)))];
  }

  _warning({ now }) {
    const { w } = this;
    if (now.breaker_open) return w.t("open");
    if (now.time_to_trip != null && now.time_to_trip < 120)
      return `${w.t("trip_in")} ${w.unit(Math.max(0, Math.round(now.time_to_trip)), "s")}`;
    return now.overload ? w.t("over") : "";
  }
}

/** Return what the known ones add up to, null without any. */
function sum(values) {
  const known = values.filter((value) => value != null);
  return known.length ? known.reduce((all, one) => all + one, 0) : null;
}
