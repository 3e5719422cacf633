// What all cards share: where their values come from, and how they look.

import { LitElement, css, html, nothing } from "lit";
import { isRead, storeOf } from "./store.js";
import { wordsOf } from "./words.js";

export const shared = css`
  :host {
    --lm-ink: var(--primary-text-color, #141414);
    --lm-dim: var(--secondary-text-color, #5e5e5e);
    --lm-faint: #767676;
    --lm-grid: #ececec;
    --lm-accent: var(--primary-color, #009ac7);
    --lm-pale: #99d7e9;
    --lm-paler: #cceaf3;
    --lm-all: #80b8ae;
    --lm-ok: #43a047;
    --lm-bad: var(--error-color, #db4437);
    --lm-blue: #1e88e5;
    --lm-blue2: #90caf9;
    --lm-white: #8d99a6;
    --lm-white2: #cfd8dc;
    --lm-red: #d32f2f;
    --lm-red2: #ef9a9a;
    display: block;
    height: 100%;
  }
  :host([dark]) {
    --lm-faint: #8c8c8c;
    --lm-grid: #2c2c2c;
    --lm-pale: #1f6278;
    --lm-paler: #1b4452;
    --lm-all: #3f7269;
    --lm-blue2: #2c5d86;
    --lm-white: #b8c4ce;
    --lm-white2: #6b7780;
    --lm-red2: #7d3a3a;
  }
  @supports (color: color-mix(in srgb, red, blue)) {
    :host {
      --lm-pale: color-mix(in srgb, var(--lm-accent) 42%, var(--card-background-color, #fff));
      --lm-paler: color-mix(in srgb, var(--lm-accent) 22%, var(--card-background-color, #fff));
    }
  }
  ha-card {
    box-sizing: border-box;
    height: 100%;
    min-height: var(--lm-height, 0);
    padding: 16px;
    display: flex;
    flex-direction: column;
    overflow: hidden;
    color: var(--lm-ink);
    font-size: 14px;
    line-height: 1.35;
  }
  h2 {
    margin: 0 0 10px;
    font-size: 13px;
    font-weight: 500;
    line-height: 20px;
    color: var(--lm-dim);
    display: flex;
    justify-content: space-between;
    gap: 12px;
  }
  h2 > :last-child:not(:first-child) {
    font-weight: 400;
    text-align: right;
    white-space: nowrap;
  }
  p {
    margin: 6px 0 0;
    color: var(--lm-dim);
    font-size: 13px;
  }
  b {
    font-weight: 500;
    color: var(--lm-ink);
  }
  .figure {
    all: unset;
    display: flex;
    align-items: baseline;
    gap: 10px;
    cursor: pointer;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .figure[disabled] {
    cursor: default;
  }
  .figure:focus-visible,
  a:focus-visible,
  button:focus-visible {
    outline: 2px solid var(--lm-accent);
    outline-offset: 3px;
    border-radius: 4px;
  }
  .figure strong {
    font-size: 28px;
    font-weight: 400;
    line-height: 36px;
  }
  .figure em {
    font-style: normal;
    font-size: 18px;
    color: var(--lm-dim);
  }
  .bar {
    position: relative;
    height: 8px;
    border-radius: 4px;
    background: var(--lm-grid);
    overflow: hidden;
  }
  .bar i {
    position: absolute;
    top: 0;
    bottom: 0;
    left: 0;
    border-radius: 4px;
    background: var(--lm-ok);
  }
  .say {
    font-size: 16px;
    line-height: 1.35;
    color: var(--lm-ink);
    margin: 0;
  }
  .do {
    display: inline-block;
    margin-top: 14px;
    align-self: flex-start;
    padding: 8px 16px;
    border-radius: 18px;
    font-weight: 500;
    font-size: 14px;
    text-decoration: none;
    color: var(--lm-accent);
    border: 1px solid var(--lm-accent);
  }
  svg {
    display: block;
  }
  svg text {
    fill: var(--lm-faint);
    font-size: 11px;
  }
  svg .grid {
    stroke: var(--lm-grid);
    stroke-width: 1;
  }
  .empty {
    flex: 1;
    display: flex;
    align-items: center;
    justify-content: center;
    text-align: center;
    color: var(--lm-dim);
    font-size: 13px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

// In which languages the words of actions were asked for
const asked = new Map();

/** A card of one meter, or of several; `shows` names what it is drawn anew for. */
export class MeterCard extends LitElement {
  static properties = { hass: { attribute: false }, _turn: { state: true } };

  static shows = ["meter", "now"];

  static styles = shared;

  setConfig(config) {
    if (!config || typeof config !== "object") throw new Error("No configuration");
    this.config = config;
    this._follow();
    this.requestUpdate();
  }

  getCardSize() {
    return 5;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }

  static getStubConfig() {
    return {};
  }

  connectedCallback() {
    super.connectedCallback();
    this._follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._forget?.();
    this._forget = null;
    this._stores = null;
  }

  willUpdate(changed) {
    if (changed.has("hass") && this.hass) {
      this.toggleAttribute("dark", Boolean(this.hass.themes?.darkMode));
      this._follow();
    }
  }

  /** The states of all of Home Assistant are in `hass`; hardly any of them is ours. */
  shouldUpdate(changed) {
    const before = changed.get("hass");
    if (changed.size > 1 || !before) return true;
    return (
      before.language !== this.hass.language ||
      before.locale !== this.hass.locale ||
      before.localize !== this.hass.localize ||
      before.themes !== this.hass.themes ||
      before.connection !== this.hass.connection ||
      // Of no meter by name, it is of the first, which may be another now
      firstEntry(before) !== firstEntry(this.hass)
    );
  }

  get w() {
    return wordsOf(this.hass);
  }

  /** What is known of its meter, of several the first. */
  get _store() {
    return this._stores?.[0];
  }

  get meter() {
    return this._store?.meter;
  }

  get now() {
    return this._store?.now;
  }

  /** Whether the meter is read now. */
  get read() {
    return isRead(this._store);
  }

  _follow() {
    if (!this.isConnected || !this.hass || !this.config) return;
    const entries = this.config.entries || [this.config.entry || firstEntry(this.hass)].filter(Boolean);
    const stores = entries.map((entry) => storeOf(this.hass, entry));
    const before = this._stores || [];
    if (stores.length === before.length && stores.every((store, n) => store === before[n])) return;
    this._forget?.();
    this._stores = stores;
    this.requestUpdate();
    const { shows } = this.constructor;
    const tell = (what) => {
      if (shows.includes(what)) this._turn = (this._turn || 0) + 1;
    };
    const ends = stores.map((store) => store.listen(tell, shows));
    this._forget = () => ends.forEach((end) => end());
  }

  /** Open what Home Assistant knows of an entity, or a view of that. */
  _open(key, view) {
    const entityId = this.meter?.entities[key];
    if (entityId)
      this.dispatchEvent(
        new CustomEvent("hass-more-info", { detail: { entityId, view }, bubbles: true, composed: true }),
      );
  }

  /** Return a figure, which opens the entity that it is from if there is one. */
  figure(key, strong, em, name) {
    const known = Boolean(this.meter?.entities[key]);
    const content = html`<strong>${strong}</strong>${em ? html`<em>${em}</em>` : nothing}`;
    return known
      ? html`<button class="figure" @click=${() => this._open(key)}
          aria-label=${this.w.t("named", { name, value: `${strong} ${em}`.trim() })}>${content}</button>`
      : html`<div class="figure" disabled>${content}</div>`;
  }

  /** Return a way to where the meter is configured, for those who may. */
  link(words) {
    if (!this.hass.user?.is_admin) return nothing;
    const page = `/config/integrations/integration/linky_meter#config_entry=${this.meter.entry}`;
    return html`<a class="do" href=${page}>${words}</a>`;
  }

  /** Whether the words that actions have too are here, or will not come. */
  get worded() {
    const { language } = this.hass;
    if (this._text("best_own")) return true;
    if (!asked.has(language)) {
      const loaded = this.hass.loadBackendTranslation("common", "linky_meter");
      asked.set(language, loaded.catch(() => {}));
    }
    asked.get(language).then(() => {
      if (this._settled === language) return;
      this._settled = language;
      this.requestUpdate();
    });
    return this._settled === language;
  }

  _text(key, words) {
    return this.hass.localize(`component.linky_meter.common.${key}`, words);
  }

  /** Return sentences in the words that actions have too. */
  said(sentences) {
    const { w } = this;
    return sentences.map(({ key, words }, n) => {
      const filled = Object.entries(words).map(([name, word]) => [name, w.filled(word)]);
      const parts = this._text(key, {
        ...Object.fromEntries(filled),
        ...(words.name && { name: `\u0000${words.name}\u0000` }),
      }).split("\u0000");
      return html`${n ? " " : ""}${parts.map((part, i) => (i % 2 ? html`<b>${part}</b>` : part))}`;
    });
  }

  card(title, right, content, options = {}) {
    return html`<ha-card class=${options.class || ""} role="region" aria-label=${title}>
      <h2><span>${title}</span>${right ? html`<span>${right}</span>` : nothing}</h2>
      ${content}
    </ha-card>`;
  }

  render() {
    if (!this.hass || !this.config) return nothing;
    if (this._store?.gone) return html`<ha-card><div class="empty">${this.w.t("gone")}</div></ha-card>`;
    if (!this.meter) return html`<ha-card></ha-card>`;
    return this.draw();
  }
}

/** A card with a chart, as wide as the card is. */
export class ChartCard extends MeterCard {
  static properties = { ...MeterCard.properties, _width: { state: true } };

  static shows = ["meter", "past"];

  connectedCallback() {
    super.connectedCallback();
    this._observer = new ResizeObserver(() => {
      const box = this.renderRoot?.querySelector(".chart");
      if (box && box.clientWidth) this._width = box.clientWidth;
    });
    this._observer.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._observer.disconnect();
  }

  updated() {
    const box = this.renderRoot.querySelector(".chart");
    if (box && box.clientWidth && box.clientWidth !== this._width) this._width = box.clientWidth;
  }
}

// By what Home Assistant knows of devices, which is another object once that changed
const firsts = new WeakMap();
const NONE = {};
function firstEntry(hass) {
  const devices = hass.devices || NONE;
  if (!firsts.has(devices))
    firsts.set(
      devices,
      Object.values(devices)
        .filter((one) => one.identifiers?.some(([domain]) => domain === "linky_meter"))
        .map((one) => one.config_entry_id ?? one.config_entries[0])[0],
    );
  return firsts.get(devices);
}

/** Return round numbers from at most low to at least high. */
export function ticks(low, high, count = 4) {
  const span = Math.max(high - low, 1e-9);
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw * 0.999);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
}

/** Return how many digits the numbers of a scale need. */
export function digitsOf([first, second]) {
  const step = second - first;
  return step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
}

/** The colour of a tariff; `place` tells apart those that have none of their own. */
export function colourOf(index, place = 0) {
  const tariff = index?.tariff || "";
  const [, colour, kind] = /^(blue|white|red)_(off_peak|peak)$/.exec(tariff) || [];
  if (colour) return `var(--lm-${colour}${kind === "off_peak" ? "2" : ""})`;
  if (tariff === "mobile_peak") return "var(--lm-red)";
  if (["off_peak", "normal"].includes(tariff)) return "var(--lm-pale)";
  if (/\bHC\b|CREUSE/i.test(index?.label || "")) return "var(--lm-pale)";
  return ["var(--lm-accent)", "var(--lm-white)", "var(--lm-paler)"][
    tariff.startsWith("index_") ? place % 3 : 0
  ];
}

export { css, html, nothing };
