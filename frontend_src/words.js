// Words, numbers, dates: in the language and the formats that the user chose.

const en = {
  name: "Linky meter",
  description: "Power now, tariffs, Tempo, days by tariff, costs and offers",
  live: "Read live",
  not_read: "Not read",
  not_read_since: "Not read since {time}",
  single: "single-phase",
  three: "three-phase",
  now: "Now",
  drawn: "{va} drawn",
  injected: "{va} exported",
  left: "{power} left",
  phase_left: "{current} · {left} left",
  scale: "{power} of {limit}",
  no_trip: "No trip in sight",
  trip_in: "Trips in",
  trip_sub: "Too much power: switch something off",
  over: "Above the limit",
  over_sub: "The meter reports too much power",
  open: "Breaker open",
  open_sub: "Press the meter’s button to switch the power back on",
  no_meter: "The meter is not read",
  no_meter_sub: "What is below is from before.",
  gone: "This meter is not set up any more",
  waiting: "Waiting for the meter",
  connection: "Look at the connection",
  power: "Power",
  power_label: "Power since {since}, from {low} to {high}, now {now}",
  power_none: "Drawn as soon as there is something to draw",
  tariff: "Tariff",
  same: "The same price at all hours",
  next: "{tariff} at {time}, in {wait}",
  named: "{name}: {value}",
  no_next: "The meter does not tell when it changes",
  today: "Today",
  tomorrow: "Tomorrow",
  unknown_colour: "To come",
  days_left: "{n} days left",
  last_left: "no day left",
  one_left: "1 day left",
  left_colours: "{list} left",
  red_tomorrow: "Tomorrow from 6:00, peak hours cost {price}",
  blue: "Blue",
  white: "White",
  red: "Red",
  n_white: "{n}\u00a0white",
  n_red: "{n}\u00a0red",
  twelve: "Twelve months",
  last_months: "Since {date}",
  base_load: "Base load",
  per_year: "{eur}/year",
  night: "lowest hour of 14 nights",
  after_night: "Known after a few nights",
  more_than: "{percent} more than a usual {day}",
  less_than: "{percent} less than a usual {day}",
  as_usual: "As on a usual {day}",
  whole_month: "Whole month: {low} to {high}",
  since: "Since {date}",
  since_energy: "Since {date}, without subscription",
  exported: "{kwh} exported",
  subscription: "of which {eur} subscription",
  after_day: "Known after a first day",
  not_counted: "Not counted yet",
  energy: "Energy by tariff",
  total: "Energy",
  days: "Days",
  months: "Months",
  hours_today: "Today by hour",
  first_day: "Days will be here from tomorrow",
  first_hour: "The first hours will be here soon",
  energy_label: "{what}, {n} bars, in all {kwh}",
  week: "A usual week",
  week_sub: "mean kW by hour",
  week_label: "Mean power by weekday and hour; least {low}, most {high}: {when}",
  week_none: "Drawn after three days",
  contract: "Your contract",
  prices_ask: "What does your electricity cost?",
  prices_why: "With prices, each day, each month and other offers are worked out here. Regulated tariffs take two clicks.",
  prices_do: "Choose prices",
  offers_ask: "Would another offer be cheaper?",
  offers_why: "Add an offer, and it is worked out with your own hours.",
  offers_do: "Add an offer",
  good: "{own} is the right choice: {offer} would have cost {eur} more {over}.",
  better: "{offer} would have saved you {eur} {over}.",
  equal: "{offer} would have cost the same {over}.",
  good_month: "{own} is the right choice: {offer} would cost {eur} more {over}.",
  better_month: "{offer} would save you {eur} {over}.",
  equal_month: "{offer} would cost the same {over}.",
  over_year: "in twelve months",
  over_month: "this month",
  over_until_now: "since the month began",
  yours: "{own}, yours",
  line: "Line",
  volts_row: "{phase}: {now}, from {low} to {high} in 24 h",
  last_hour: "last hour",
  undamaged: "of what the meter sends arrives undamaged",
  historic: "In historic mode, the meter does not tell voltages",
  overvoltage: "Overvoltage",
  all_hours: "All hours",
  off_peak: "Off-peak hours",
  peak: "Peak hours",
  normal: "Normal hours",
  mobile_peak: "Mobile peak",
  blue_off_peak: "Off-peak, blue day",
  blue_peak: "Peak hours, blue day",
  white_off_peak: "Off-peak, white day",
  white_peak: "Peak hours, white day",
  red_off_peak: "Off-peak, red day",
  red_peak: "Peak hours, red day",
  index: "Index {n}",
  short_blue_off_peak: "Blue off-peak",
  short_blue_peak: "Blue peak",
  short_white_off_peak: "White off-peak",
  short_white_peak: "White peak",
  short_red_off_peak: "Red off-peak",
  short_red_peak: "Red peak",
  contract_base: "Base",
  contract_off_peak: "Peak / off-peak",
  contract_ejp: "EJP",
  contract_tempo: "Tempo",
  more: "{name}: more",
};

const fr = {
  name: "Compteur Linky",
  description: "Puissance, tarifs, Tempo, jours par tarif, coûts et offres",
  live: "Lu en direct",
  not_read: "Non lu",
  not_read_since: "Non lu depuis {time}",
  single: "monophasé",
  three: "triphasé",
  now: "Maintenant",
  drawn: "{va} soutirés",
  injected: "{va} injectés",
  left: "reste {power}",
  phase_left: "{current} · reste {left}",
  scale: "{power} sur {limit}",
  no_trip: "Pas de coupure en vue",
  trip_in: "Coupure dans",
  trip_sub: "Trop de puissance : éteignez un appareil",
  over: "Dépassement",
  over_sub: "Le compteur signale trop de puissance",
  open: "Disjoncteur ouvert",
  open_sub: "Appuyez sur le bouton du compteur pour rétablir le courant",
  no_meter: "Le compteur n’est pas lu",
  no_meter_sub: "Ce qui suit date d’avant.",
  gone: "Ce compteur n’est plus configuré",
  waiting: "En attente du compteur",
  connection: "Voir la connexion",
  power: "Puissance",
  power_label: "Puissance depuis {since}, de {low} à {high}, maintenant {now}",
  power_none: "La courbe se dessine dès qu’il y a de quoi",
  tariff: "Tarif",
  same: "Le même prix à toute heure",
  next: "{tariff} à {time}, dans {wait}",
  named: "{name} : {value}",
  no_next: "Le compteur ne dit pas quand il change",
  today: "Aujourd’hui",
  tomorrow: "Demain",
  unknown_colour: "À venir",
  days_left: "reste {n} jours",
  last_left: "plus aucun jour",
  one_left: "reste 1 jour",
  left_colours: "reste {list}",
  red_tomorrow: "Demain dès 6 h, les heures pleines coûtent {price}",
  blue: "Bleu",
  white: "Blanc",
  red: "Rouge",
  n_white: "{n}\u00a0blancs",
  n_red: "{n}\u00a0rouges",
  twelve: "Douze mois",
  last_months: "Depuis {date}",
  base_load: "Veille de la maison",
  per_year: "{eur}/an",
  night: "talon des nuits, 14 jours",
  after_night: "Connue après quelques nuits",
  more_than: "{percent} de plus qu’un {day} habituel",
  less_than: "{percent} de moins qu’un {day} habituel",
  as_usual: "Comme un {day} habituel",
  whole_month: "Mois entier : {low} à {high}",
  since: "Depuis le {date}",
  since_energy: "Depuis le {date}, hors abonnement",
  exported: "{kwh} injectés",
  subscription: "dont {eur} d’abonnement",
  after_day: "Connu après une première journée",
  not_counted: "Pas encore compté",
  energy: "Énergie par tarif",
  total: "Énergie",
  days: "Jours",
  months: "Mois",
  hours_today: "Aujourd’hui par heure",
  first_day: "Les jours s’affichent ici à partir de demain",
  first_hour: "Les premières heures s’affichent bientôt ici",
  energy_label: "{what}, {n} barres, en tout {kwh}",
  week: "Une semaine type",
  week_sub: "kW moyen par heure",
  week_label: "Puissance moyenne par jour de la semaine et par heure ; de {low} à {high} : {when}",
  week_none: "Se dessine après trois jours",
  contract: "Votre contrat",
  prices_ask: "Combien coûte votre électricité ?",
  prices_why: "Avec les prix, chaque jour, chaque mois et les autres offres se calculent ici. Les tarifs réglementés, c’est deux clics.",
  prices_do: "Choisir les prix",
  offers_ask: "Une autre offre serait-elle moins chère ?",
  offers_why: "Ajoutez une offre : elle est calculée avec vos propres heures.",
  offers_do: "Ajouter une offre",
  good: "{own} est le bon choix : {offer} vous aurait coûté {eur} de plus {over}.",
  better: "{offer} vous aurait fait économiser {eur} {over}.",
  equal: "{offer} vous aurait coûté autant {over}.",
  good_month: "{own} est le bon choix : {offer} vous coûterait {eur} de plus {over}.",
  better_month: "{offer} vous ferait économiser {eur} {over}.",
  equal_month: "{offer} vous coûterait autant {over}.",
  over_year: "en douze mois",
  over_month: "ce mois-ci",
  over_until_now: "depuis le début du mois",
  yours: "{own}, le vôtre",
  line: "Ligne",
  volts_row: "{phase} : {now}, de {low} à {high} en 24 h",
  last_hour: "dernière heure",
  undamaged: "de ce que le compteur envoie arrive intact",
  historic: "En mode historique, le compteur ne donne pas les tensions",
  overvoltage: "Surtension",
  all_hours: "Toutes heures",
  off_peak: "Heures creuses",
  peak: "Heures pleines",
  normal: "Heures normales",
  mobile_peak: "Pointe mobile",
  blue_off_peak: "Heures creuses, jour bleu",
  blue_peak: "Heures pleines, jour bleu",
  white_off_peak: "Heures creuses, jour blanc",
  white_peak: "Heures pleines, jour blanc",
  red_off_peak: "Heures creuses, jour rouge",
  red_peak: "Heures pleines, jour rouge",
  index: "Index {n}",
  short_blue_off_peak: "Bleu HC",
  short_blue_peak: "Bleu HP",
  short_white_off_peak: "Blanc HC",
  short_white_peak: "Blanc HP",
  short_red_off_peak: "Rouge HC",
  short_red_peak: "Rouge HP",
  contract_base: "Base",
  contract_off_peak: "Heures pleines / creuses",
  contract_ejp: "EJP",
  contract_tempo: "Tempo",
  more: "{name} : plus",
};

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
  const key = [language, locale.number_format, locale.time_format, zone].join();
  if (!cache.has(key)) cache.set(key, new Words(language, locale, zone));
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
  constructor(language, locale, zone) {
    this.language = language;
    this.zone = zone;
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

  percent(value, digits = 0) {
    return this.number(value / 100, digits, { style: "percent" });
  }

  kwh(value) {
    return this.unit(value, "kWh", value < 100 ? 1 : 0);
  }

  /** Watts as kW, with as many digits as say something. */
  kw(watts) {
    return this.number(watts / 1000, Math.abs(watts) < 9995 ? 2 : 1);
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

  /** A moment of the last days: its time, and the day if that is not today. */
  since(at, now = new Date()) {
    const day = { day: "numeric", month: "long" };
    return this.date(at, day) === this.date(now, day)
      ? this.time(at)
      : this.date(at, { ...day, hour: "numeric", minute: "2-digit" });
  }

  hour(hour) {
    return this.language.startsWith("fr") ? `${hour}\u00a0h` : `${hour}:00`;
  }

  /** A whole hour of a chart's axis, short. */
  hourAt(at) {
    return this.date(at, { hour: "numeric" }).replace(/^0(?=\d)/, "");
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
