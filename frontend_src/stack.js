// What the energy of days and months is divided into: the tariffs of now, and of contracts before.

const HOUR = 3600e3;
const DAY = 24 * HOUR;
// What registers need not have of the total: they are not read in the same moment
const SHARE = 0.05;
const LEAST = 0.1;
// What is drawn on the ground comes first
const ORDER = { off_peak: 0, normal: 0, peak: 1, mobile_peak: 1, all_hours: 2, total: 2 };

export class Stack {
  constructor(meter) {
    this._counted = counted(meter).indexes;
    const before = (meter.before || []).map(({ until, indexes }) => ({ until: Date.parse(until), indexes }));
    this._contracts = [...before, { until: Infinity, indexes: meter.indexes || {} }];
  }

  /** Return the tariffs of bars as {key, index, place}, the lowest first. */
  tariffs(bars, from) {
    const found = new Map();
    const add = (part) => found.has(part.key) || found.set(part.key, part);
    this._contracts.forEach(({ until, indexes }, contract) => {
      if (until <= from) return;
      const last = contract === this._contracts.length - 1;
      for (const index of this._counted)
        if (index === null || indexes[index]) add(this._part(contract, index));
      // Those whose registers are not recorded are in the total
      const others = Object.keys(indexes).filter((index) => !this._counted.includes(index));
      if (!last && others.length && this._counted[0] !== null) add(this._rest(contract));
    });
    for (const bar of bars) for (const { part } of this.parts(bar)) add(part);
    return [...found.values()].sort((a, b) => order(a) - order(b));
  }

  /** Return the parts of a bar: {part, kwh}, the lowest first. */
  parts({ at, parts, whole, span }) {
    const found = new Map();
    const add = (part, kwh) => {
      if (kwh > 0) found.set(part.key, { part, kwh: kwh + (found.get(part.key)?.kwh || 0) });
    };
    const contract = this._at(at + span - HOUR);
    this._counted.forEach((index, n) => add(this._part(contract, index), parts[n] || 0));
    const rest = rested(parts, whole);
    // On the day of a change, what no register of now has is of the contract before
    if (rest) add(this._rest(this._at(at - DAY)), rest);
    return [...found.values()].sort((a, b) => order(a.part) - order(b.part));
  }

  _at(moment) {
    return this._contracts.findIndex(({ until }) => moment < until);
  }

  /** Return what an index is under a contract, or was called under another. */
  _part(contract, index) {
    if (index === null) return { key: "total", index: this._only(contract), place: 0 };
    const nearest = [...this._contracts.keys()].sort((a, b) => Math.abs(a - contract) - Math.abs(b - contract));
    for (const one of nearest) {
      const { indexes } = this._contracts[one];
      const place = Object.keys(indexes).indexOf(String(index));
      if (place >= 0) return { key: indexes[index].tariff, index: indexes[index], place };
    }
    return { key: `index_${index}`, index: { tariff: `index_${index}` }, place: index - 1 };
  }

  /** Return what only the total has. */
  _rest(contract) {
    const index = this._only(contract);
    return { key: index?.tariff || "total", index, place: 0 };
  }

  _only(contract) {
    const { indexes } = this._contracts[contract];
    const [first, ...others] = Object.values(indexes);
    return others.length ? undefined : first;
  }
}

/** Return whose energy is stacked: each index, or the total where one is missing. */
export function counted(meter) {
  const { entities, indexes = {} } = meter;
  const enabled = Object.keys(entities)
    .map((key) => /^energy_index_(\d+)$/.exec(key)?.[1])
    .filter(Boolean)
    .sort((a, b) => a - b);
  const all = Object.keys(indexes).every((index) => enabled.includes(index));
  if (enabled.length > 1 && (all || !entities.energy_import))
    return { ids: enabled.map((index) => entities[`energy_index_${index}`]), indexes: enabled };
  const total = entities.energy_import || (enabled.length && entities[`energy_index_${enabled[0]}`]);
  return { ids: total ? [total] : [], indexes: [null] };
}

/** Return how much the total has more than its registers, kWh. */
export function rested(parts, whole) {
  const rest = (whole || 0) - parts.reduce((all, one) => all + one, 0);
  return rest > SHARE * whole + LEAST ? rest : 0;
}

/** The paler tariffs below the others, each kind in the order of the indexes. */
function order({ key, place }) {
  return (ORDER[key.replace(/^(blue|white|red)_/, "")] ?? 1) * 20 + place;
}
