// How the cards of a meter lie: as wide as they need, in rows of one height.

import { LitElement, css, html } from "lit";

const PLACES = ["overview", "header", "now", "live", "tariff", "totals", "energy", "offers", "week", "line"];

export class MeterView extends LitElement {
  static properties = { hass: { attribute: false }, cards: { attribute: false } };

  static styles = css`
    :host {
      display: block;
      container-type: inline-size;
    }
    main {
      display: grid;
      grid-template-columns: repeat(12, minmax(0, 1fr));
      gap: 12px;
      max-width: 1360px;
      margin: 0 auto;
      box-sizing: border-box;
      padding: 18px 20px 28px;
    }
    .place {
      grid-column: span 4;
      min-width: 0;
    }
    .overview,
    .header,
    .totals {
      grid-column: span 12;
    }
    .energy,
    .week {
      grid-column: span 8;
    }
    /* As high as a whole card, so that nothing moves when its values come */
    .now,
    .live,
    .tariff {
      --lm-height: 290px;
    }
    .energy,
    .offers {
      --lm-height: 294px;
    }
    .week,
    .line {
      --lm-height: 240px;
    }
    .young .energy {
      grid-column: span 4;
    }
    .young .line {
      --lm-height: 294px;
    }
    @container (max-width: 900px) {
      .place,
      .young .energy {
        grid-column: span 12;
      }
      .now,
      .live,
      .offers,
      .line {
        grid-column: span 6;
      }
      .tariff,
      .offers,
      .line,
      .young .line {
        --lm-height: 0;
      }
      .line {
        order: 1;
      }
      .week {
        order: 2;
      }
    }
    @container (max-width: 560px) {
      main {
        gap: 8px;
        padding: 12px 8px 16px;
      }
      .place,
      .young .energy {
        grid-column: span 12;
      }
      .header {
        padding: 0 8px;
      }
      .now,
      .tariff,
      .offers,
      .line,
      .young .line {
        --lm-height: 0;
      }
      .live {
        --lm-height: 256px;
      }
      .line {
        order: 3;
      }
    }
  `;

  setConfig(config) {
    this._config = config;
  }

  render() {
    const names = this._config?.cards?.map(({ type }) => (type || "").replace("custom:linky-meter-", ""));
    return html`<main class=${names?.includes("week") ? "" : "young"}>
      ${(this.cards || []).map((card, n) => {
        const name = names?.[n];
        return html`<div class="place ${PLACES.includes(name) ? name : ""}">${card}</div>`;
      })}
    </main>`;
  }
}
