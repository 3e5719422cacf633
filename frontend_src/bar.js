// The power on a scale to what the contract allows.

import { css, html, nothing } from "lit";
import { powerOf } from "./store.js";

export const barStyles = css`
  .power {
    height: 14px;
    border-radius: 7px;
    margin: 14px 0 6px;
  }
  .power i {
    border-radius: 7px;
    background: linear-gradient(90deg, #43a047, #7cb342);
    transition: left 0.4s, width 0.4s;
  }
  .power i.near {
    background: var(--warning-color, #ffa600);
  }
  .power u {
    position: absolute;
    top: 0;
    bottom: 0;
    width: 2px;
    background: var(--lm-bad);
  }
  .power u.zero {
    background: var(--lm-dim);
  }
  .scale {
    position: relative;
    height: 15px;
    font-size: 11px;
    color: var(--lm-faint);
  }
  .scale span {
    position: absolute;
    transform: translateX(-50%);
    white-space: nowrap;
  }
  .scale span:first-child {
    transform: none;
  }
  .scale span.end {
    transform: translateX(-100%);
  }
`;

/** Return the bar, with its scale below unless it is to be `plain`. */
export function powerBar(meter, now, w, { plain = false } = {}) {
  const limit = meter.subscribed || meter.breaking;
  const exported = powerOf(now) < 0;
  const watts = exported ? -(now.apparent_power_export || -powerOf(now)) : now.apparent_power;
  // What is not known for a moment takes as much room
  if (!limit || watts == null)
    return html`<div class="bar power"></div>${plain ? nothing : html`<div class="scale"></div>`}`;
  // What is too much goes beyond the mark
  const over = watts > limit ? Math.ceil((1.02 * watts) / 1000) * 1000 : 0;
  const top = Math.max(limit, meter.breaking || 0, over);
  const low = meter.producer ? -Math.max(top / 2, Math.ceil(-watts / 3000) * 3000) : 0;
  const at = (va) => (100 * (Math.min(Math.max(va, low), top) - low)) / (top - low);
  const zero = at(0);
  const end = at(watts);
  const kva = (va) => w.number(va / 1000, Number.isInteger(va / 1000) ? 0 : 1).replace("-", "−");
  const marks = low ? [low, 0, limit / 2, limit] : [0, limit / 3, (2 * limit) / 3, limit];
  return html`<div class="bar power" role="meter" aria-valuenow=${watts} aria-valuemin=${low}
      aria-valuemax=${top} aria-label=${w.t("now")}
      aria-valuetext=${w.t("scale", { power: w.unit(watts, "VA"), limit: w.unit(limit, "VA") })}>
      <i class=${watts > 0.85 * limit ? "near" : ""}
        style="left:${Math.min(zero, end)}%;width:${Math.abs(end - zero)}%"></i>
      ${low ? html`<u class="zero" style="left:calc(${zero}% - 1px)"></u>` : nothing}
      <u style="left:calc(${at(meter.breaking || limit)}% - ${meter.breaking > limit ? 1 : 2}px)"></u>
    </div>
    ${
      plain
        ? nothing
        : html`<div class="scale" aria-hidden="true">
            ${marks.map(
              (mark, n) =>
                html`<span class=${at(mark) > 92 ? "end" : ""} style="left:${at(mark)}%">${kva(mark)}${
                  n === marks.length - 1 ? "\u00a0kVA" : ""
                }</span>`,
            )}
          </div>`
    }`;
}
