// Words, numbers, dates: in the language and the formats that the user chose.

import { en } from "./en.js";
import { fr } from "./fr.js";

const DICTIONARIES = { en, fr };
const FORMATS = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  system: undefined,
};
const cache = new Map();

/** Return the words and formats of a user; the same object while these are. */
export function wordsOf(hass) {
  const { language, locale = {}, config } = hass;
  const zone = locale.time_zone === "server" ? config.time_zone : undefined;
  const home = config.time_zone;
  const key = [language, locale.number_format, locale.time_format, zone, home].join();
  if (!cache.has(key)) cache.set(key, new Words(language, locale, zone, home));
  return cache.get(key);
}

/** Return words before there is a user: the browser's language, or what was chosen. */
export function firstWords() {
  let chosen;
  try {
    chosen = JSON.parse(localStorage.getItem("selectedLanguage") || "null");
  } catch (_) {
    chosen = null;
  }
  return new Words(chosen || navigator.language || "en", {}, undefined);
}

class Words {
  constructor(language, locale, zone, home) {
    this.language = language;
    this.zone = zone;
    this.home = home;
    this._words = DICTIONARIES[language.split("-")[0]] || en;
    this._numbers =
      locale.number_format in FORMATS ? FORMATS[locale.number_format] : language;
    this._grouping = locale.number_format !== "none";
    const hours = { 12: true, 24: false }[locale.time_format];
    this._hours = hours === undefined ? {} : { hour12: hours };
    this._made = new Map();
  }

  /** Return a word, with what is in braces filled in. */
  t(key, values = {}) {
    return (this._words[key] ?? key)
      .replace(/ (?=[?:!;])/g, "\u00a0")
      .replace(/{(\w+)}/g, (_, name) => values[name]);
  }

  has(key) {
    return key in this._words;
  }

  number(value, digits = 0, options = {}) {
    return this._make("NumberFormat", this._numbers, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: this._grouping,
      ...options,
    }).format(value);
  }

  /** A number with its unit, which never stands alone on the next line. */
  unit(value, unit, digits = 0) {
    return `${this.number(value, digits)}\u00a0${unit}`;
  }

  euros(value, digits = 2) {
    return this.number(value, digits, { style: "currency", currency: "EUR" });
  }

  /** What is only known from and to. */
  range(low, high) {
    return `${this.number(low)}\u00a0–\u00a0${this.euros(high, 0)}`;
  }

  percent(value, digits = 0) {
    return this.number(value / 100, digits, { style: "percent" });
  }

  kwh(value) {
    return this.unit(value, "kWh", value < 100 ? 1 : 0);
  }

  /** Watts as kW, with as many digits as say something, and a minus as long as a plus. */
  kw(watts) {
    return this.number(watts / 1000, Math.abs(watts) < 9995 ? 2 : 1).replace("-", "−");
  }

  time(at) {
    return this.date(at, { hour: "numeric", minute: "2-digit" });
  }

  date(at, options) {
    return this._make("DateTimeFormat", this.language, {
      timeZone: this.zone,
      ...("hour" in options ? this._hours : {}),
      ...options,
    }).format(at);
  }

  /** What the recorder counts by Home Assistant's days, wherever the browser is. */
  counted(at, options) {
    return this.date(at, { timeZone: this.home, ...options });
  }

  /** What is billed by French days. */
  billed(at, options) {
    return this.date(at, { timeZone: "Europe/Paris", ...options });
  }

  /** What fills a sentence: a name, a number, an amount, a day or a moment. */
  filled(word) {
    const day = { day: "numeric", month: "long" };
    if (typeof word === "number") return this.number(word);
    if (typeof word === "string") return word;
    if ("eur" in word) return this.euros(word.eur, 0);
    if ("day" in word) return this.date(new Date(`${word.day}T12:00Z`), { timeZone: "UTC", ...day });
    return this.date(new Date(word.at), { ...day, hour: "numeric", minute: "2-digit" });
  }

  /** A moment of the last days: its time, and the day if that is not today. */
  since(at, now = new Date()) {
    const day = { day: "numeric", month: "long" };
    return this.date(at, day) === this.date(now, day)
      ? this.time(at)
      : this.date(at, { ...day, hour: "numeric", minute: "2-digit" });
  }

  /** Since when a meter is not read; nothing if it never was. */
  unread({ seen }) {
    return Date.parse(seen) > 0 ? this.t("not_read_since", { time: this.since(new Date(seen)) }) : "";
  }

  /** A whole hour of any day, as the user writes it. */
  hour(hour) {
    return this.hourAt(hour * 3600e3, { timeZone: "UTC" });
  }

  /** A whole hour of a chart's axis, short. */
  hourAt(at, zone = {}) {
    return this.date(at, { hour: "numeric", ...zone }).replace(/^0(?=\d)/, "");
  }

  wait(seconds) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes < 60) return `${minutes}\u00a0min`;
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)}\u00a0h${rest ? `\u00a0${String(rest).padStart(2, "0")}` : ""}`;
  }

  /** What an index counts: by its tariff, or as the meter calls it. */
  tariff(index, { short = false } = {}) {
    if (!index) return "";
    const key = short && this.has(`short_${index.tariff}`) ? `short_${index.tariff}` : index.tariff;
    if (this.has(key)) return this.t(key);
    return index.label || this.t("index", { n: index.tariff.replace("index_", "") });
  }

  contract(meter) {
    const key = `contract_${meter.contract}`;
    return this.has(key) ? this.t(key) : meter.calendar || "";
  }

  _make(kind, locale, options) {
    const key = kind + JSON.stringify(options);
    if (!this._made.has(key)) this._made.set(key, new Intl[kind](locale, options));
    return this._made.get(key);
  }
}
