// Linky Meter: built from frontend_src by scripts/frontend
var Me=Object.defineProperty;var Ps=(i,t,e)=>t in i?Me(i,t,{enumerable:!0,configurable:!0,writable:!0,value:e}):i[t]=e;var x=(i,t,e)=>()=>{if(e)throw e[0];try{return i&&(t=i(i=0)),t}catch(s){throw e=[s],s}};var js=(i,t)=>{for(var e in t)Me(i,e,{get:t[e],enumerable:!0})};var g=(i,t,e)=>Ps(i,typeof t!="symbol"?t+"":t,e);var Vt,Oe=x(()=>{Vt={name:"Linky meter",description:"Power now, tariffs, Tempo, days by tariff, costs and offers",overview:"Overview",all_meters:"All meters",cost_today:"Cost today",no_prices:"No prices chosen",without:"without {names}",drawn_exported:"{drawn} drawn, {exported} exported",exported_today:"Exported today",live:"Read live",not_read:"Not read",not_read_since:"Not read since {time}",single:"single-phase",three:"three-phase",now:"Now",drawn:"{va} drawn",injected:"{va} exported",left:"{power} left",left_phase:"{power} left on phase {phase}",phase_left:"{current} · {left} left",scale:"{power} of {limit}",no_trip:"No trip in sight",trip_in:"Trips in",trip_later:"At this power, the breaker trips in {wait}",trip_sub:"Too much power: switch something off",over:"Above the limit",over_sub:"The meter reports too much power",open:"Breaker open",open_sub:"Press the meter’s button to switch the power back on",no_meter:"The meter is not read",no_meter_sub:"What is below is from before.",none:"No meter is set up",gone:"This meter is not set up any more",waiting:"Waiting for the meter",connection:"Look at the connection",power:"Power",power_label:"Power since {since}, from {low} to {high}, now {now}",no_power:"This meter does not tell its power",no_power_now:"The power is not known just now",power_none:"Drawn as soon as there is something to draw",tariff:"Tariff",same:"The same price at all hours",own_hours:"By the hours of your contract",next:"{tariff} at {time}, in {wait}",next_learned:"When it changes is known after a day",named:"{name}: {value}",no_next:"The meter does not tell when it changes",today:"Today",tomorrow:"Tomorrow",unknown_colour:"To come",days_left:"{n} days left",last_left:"no day left",one_left:"1 day left",left_colours:"{list} left",red_tomorrow:"Tomorrow from 6:00, peak hours cost {price}",blue:"Blue",white:"White",red:"Red",n_white:"{n} white",n_red:"{n} red",twelve:"Twelve months",last_months:"Since {date}",base_load:"Base load",per_year:"{eur}/year",night:"lowest hour of 14 nights",after_night:"Known after a few nights",more_than:"{percent} more than a usual {day}",less_than:"{percent} less than a usual {day}",as_usual:"As on a usual {day}",whole_month:"Whole month: {low} to {high}",since:"Since {date}",since_energy:"Since {date}, without subscription",exported:"{kwh} exported",subscription:"of which {eur} subscription",today_prices:"at today’s prices",bill:"Bill since {date}",exported_in:"Exported in {month}",battery:"Virtual battery",net:"Net cost: {eur}",after_day:"Known after a first day",not_counted:"Not counted yet",energy:"Energy by tariff",undivided:"Not by tariff",days:"Days",months:"Months",hours_today:"Today by hour",first_day:"Days will be here from tomorrow",first_hour:"The first hours will be here soon",energy_label:"{what}, {n} bars, in all {kwh}",week:"A usual week",week_sub:"mean kW by hour",week_label:"Mean power by weekday and hour; least {low}, most {high}: {when}",week_none:"Drawn after three days",contract:"Your contract",prices_ask:"What does your electricity cost?",prices_why:"With prices, each day, each month and other offers are worked out here. Regulated tariffs take two clicks.",prices_do:"Choose prices",offers_ask:"Would another offer be cheaper?",offers_why:"Add an offer, and it is worked out with your own hours.",offers_do:"Add an offer",good:"{own} is the right choice: {offer} would have cost {eur} more {over}.",better:"{offer} would have saved you {eur} {over}.",equal:"{offer} would have cost the same {over}.",good_month:"{own} is the right choice: {offer} would cost {eur} more {over}.",better_month:"{offer} would save you {eur} {over}.",equal_month:"{offer} would cost the same {over}.",over_month:"this month",over_until_now:"since the month began",yours_own:"Yours",yours:"{own}, yours",line:"Line",volts_row:"{phase}: {now}, from {low} to {high} in 24 h",last_hour:"last hour",undamaged:"of what the meter sends arrives undamaged",silent:"nothing arrives from the meter",historic:"In historic mode, the meter does not tell voltages",overvoltage:"Overvoltage",all_hours:"All hours",off_peak:"Off-peak hours",peak:"Peak hours",normal:"Normal hours",mobile_peak:"Mobile peak",blue_off_peak:"Off-peak, blue day",blue_peak:"Peak hours, blue day",white_off_peak:"Off-peak, white day",white_peak:"Peak hours, white day",red_off_peak:"Off-peak, red day",red_peak:"Peak hours, red day",index:"Index {n}",short_blue_off_peak:"Blue off-peak",short_blue_peak:"Blue peak",short_white_off_peak:"White off-peak",short_white_peak:"White peak",short_red_off_peak:"Red off-peak",short_red_peak:"Red peak",contract_base:"Base",contract_off_peak:"Peak / off-peak",contract_ejp:"EJP",contract_tempo:"Tempo",more:"{name}: more"}});var Te,Ce=x(()=>{Te={name:"Compteur Linky",description:"Puissance, tarifs, Tempo, jours par tarif, coûts et offres",overview:"Vue d’ensemble",all_meters:"Tous les compteurs",cost_today:"Coût du jour",no_prices:"Aucun prix choisi",without:"sans {names}",drawn_exported:"{drawn} soutirés, {exported} injectés",exported_today:"Injecté aujourd’hui",live:"Lu en direct",not_read:"Non lu",not_read_since:"Non lu depuis {time}",single:"monophasé",three:"triphasé",now:"Maintenant",drawn:"{va} soutirés",injected:"{va} injectés",left:"reste {power}",left_phase:"reste {power} sur la phase {phase}",phase_left:"{current} · reste {left}",scale:"{power} sur {limit}",no_trip:"Pas de coupure en vue",trip_in:"Coupure dans",trip_later:"À cette puissance, coupure dans {wait}",trip_sub:"Trop de puissance : éteignez un appareil",over:"Dépassement",over_sub:"Le compteur signale trop de puissance",open:"Disjoncteur ouvert",open_sub:"Appuyez sur le bouton du compteur pour rétablir le courant",no_meter:"Le compteur n’est pas lu",no_meter_sub:"Ce qui suit date d’avant.",none:"Aucun compteur n’est configuré",gone:"Ce compteur n’est plus configuré",waiting:"En attente du compteur",connection:"Voir la connexion",power:"Puissance",power_label:"Puissance depuis {since}, de {low} à {high}, maintenant {now}",no_power:"Ce compteur ne donne pas sa puissance",no_power_now:"La puissance n’est pas connue pour l’instant",power_none:"La courbe se dessine dès qu’il y a de quoi",tariff:"Tarif",same:"Le même prix à toute heure",own_hours:"Selon les heures de votre contrat",next:"{tariff} à {time}, dans {wait}",next_learned:"L’heure du changement sera connue après une journée",named:"{name} : {value}",no_next:"Le compteur ne dit pas quand il change",today:"Aujourd’hui",tomorrow:"Demain",unknown_colour:"À venir",days_left:"reste {n} jours",last_left:"plus aucun jour",one_left:"reste 1 jour",left_colours:"reste {list}",red_tomorrow:"Demain dès 6 h, les heures pleines coûtent {price}",blue:"Bleu",white:"Blanc",red:"Rouge",n_white:"{n} blancs",n_red:"{n} rouges",twelve:"Douze mois",last_months:"Depuis {date}",base_load:"Talon de consommation",per_year:"{eur}/an",night:"heure la plus basse, 14 nuits",after_night:"Connu après quelques nuits",more_than:"{percent} de plus qu’un {day} habituel",less_than:"{percent} de moins qu’un {day} habituel",as_usual:"Comme un {day} habituel",whole_month:"Mois entier : {low} à {high}",since:"Depuis le {date}",since_energy:"Depuis le {date}, hors abonnement",exported:"{kwh} injectés",subscription:"dont {eur} d’abonnement",today_prices:"aux prix d’aujourd’hui",bill:"Facture depuis le {date}",exported_in:"Injecté en {month}",battery:"Batterie virtuelle",net:"Coût net : {eur}",after_day:"Connu après une première journée",not_counted:"Pas encore compté",energy:"Énergie par tarif",undivided:"Sans détail par tarif",days:"Jours",months:"Mois",hours_today:"Aujourd’hui par heure",first_day:"Les jours s’affichent ici à partir de demain",first_hour:"Les premières heures s’affichent bientôt ici",energy_label:"{what}, {n} barres, en tout {kwh}",week:"Une semaine type",week_sub:"kW moyen par heure",week_label:"Puissance moyenne par jour de la semaine et par heure ; de {low} à {high} : {when}",week_none:"Se dessine après trois jours",contract:"Votre contrat",prices_ask:"Combien coûte votre électricité ?",prices_why:"Avec les prix, chaque jour, chaque mois et les autres offres se calculent ici. Les tarifs réglementés, c’est deux clics.",prices_do:"Choisir les prix",offers_ask:"Une autre offre serait-elle moins chère ?",offers_why:"Ajoutez une offre : elle est calculée avec vos propres heures.",offers_do:"Ajouter une offre",good:"{own} est le bon choix : {offer} vous aurait coûté {eur} de plus {over}.",better:"{offer} vous aurait fait économiser {eur} {over}.",equal:"{offer} vous aurait coûté autant {over}.",good_month:"{own} est le bon choix : {offer} vous coûterait {eur} de plus {over}.",better_month:"{offer} vous ferait économiser {eur} {over}.",equal_month:"{offer} vous coûterait autant {over}.",over_month:"ce mois-ci",over_until_now:"depuis le début du mois",yours_own:"Le vôtre",yours:"{own}, le vôtre",line:"Ligne",volts_row:"{phase} : {now}, de {low} à {high} en 24 h",last_hour:"dernière heure",undamaged:"de ce que le compteur envoie arrive intact",silent:"rien n’arrive du compteur",historic:"En mode historique, le compteur ne donne pas les tensions",overvoltage:"Surtension",all_hours:"Toutes heures",off_peak:"Heures creuses",peak:"Heures pleines",normal:"Heures normales",mobile_peak:"Pointe mobile",blue_off_peak:"Heures creuses, jour bleu",blue_peak:"Heures pleines, jour bleu",white_off_peak:"Heures creuses, jour blanc",white_peak:"Heures pleines, jour blanc",red_off_peak:"Heures creuses, jour rouge",red_peak:"Heures pleines, jour rouge",index:"Index {n}",short_blue_off_peak:"Bleu HC",short_blue_peak:"Bleu HP",short_white_off_peak:"Blanc HC",short_white_peak:"Blanc HP",short_red_off_peak:"Rouge HC",short_red_peak:"Rouge HP",contract_base:"Base",contract_off_peak:"Heures pleines / creuses",contract_ejp:"EJP",contract_tempo:"Tempo",more:"{name} : plus"}});function it(i){let{language:t,locale:e={},config:s}=i,r=e.time_zone==="server"?s.time_zone:void 0,n=s.time_zone,o=[t,e.number_format,e.time_format,r,n].join();return Ft.has(o)||Ft.set(o,new $t(t,e,r,n)),Ft.get(o)}function je(){let i;try{i=JSON.parse(localStorage.getItem("selectedLanguage")||"null")}catch{i=null}return new $t(i||navigator.language||"en",{},void 0)}var Ds,Pe,Ft,$t,bt=x(()=>{Oe();Ce();Ds={en:Vt,fr:Te},Pe={comma_decimal:["en-US","en"],decimal_comma:["de","es","it"],space_comma:["fr","sv","cs"],quote_decimal:["de-CH"],system:void 0},Ft=new Map;$t=class{constructor(t,e,s,r){this.language=t,this.zone=s,this.home=r,this._words=Ds[t.split("-")[0]]||Vt,this._numbers=e.number_format in Pe?Pe[e.number_format]:t,this._grouping=e.number_format!=="none";let n={12:!0,24:!1}[e.time_format];this._hours=n===void 0?{}:{hour12:n},this._made=new Map}t(t,e={}){return(this._words[t]??t).replace(/ (?=[?:!;])/g," ").replace(/{(\w+)}/g,(s,r)=>e[r])}has(t){return t in this._words}number(t,e=0,s={}){return this._make("NumberFormat",this._numbers,{minimumFractionDigits:e,maximumFractionDigits:e,useGrouping:this._grouping,...s}).format(t)}unit(t,e,s=0){return`${this.number(t,s)} ${e}`}euros(t,e=2){return this.number(t,e,{style:"currency",currency:"EUR"})}range(t,e){return`${this.number(t)} – ${this.euros(e,0)}`}percent(t,e=0){return this.number(t/100,e,{style:"percent"})}kwh(t){return this.unit(t,"kWh",t<100?1:0)}kw(t){return this.number(t/1e3,Math.abs(t)<9995?2:1).replace("-","−")}time(t){return this.date(t,{hour:"numeric",minute:"2-digit"})}date(t,e){return this._make("DateTimeFormat",this.language,{timeZone:this.zone,..."hour"in e?this._hours:{},...e}).format(t)}counted(t,e){return this.date(t,{timeZone:this.home,...e})}billed(t,e){return this.date(t,{timeZone:"Europe/Paris",...e})}filled(t){let e={day:"numeric",month:"long"};return typeof t=="number"?this.number(t):typeof t=="string"?t:"eur"in t?this.euros(t.eur,0):"day"in t?this.date(new Date(`${t.day}T12:00Z`),{timeZone:"UTC",...e}):this.date(new Date(t.at),{...e,hour:"numeric",minute:"2-digit"})}since(t,e=new Date){let s={day:"numeric",month:"long"};return this.date(t,s)===this.date(e,s)?this.time(t):this.date(t,{...s,hour:"numeric",minute:"2-digit"})}unread({seen:t}){return Date.parse(t)>0?this.t("not_read_since",{time:this.since(new Date(t))}):""}hour(t){return this.hourAt(t*36e5,{timeZone:"UTC"})}hourAt(t,e={}){return this.date(t,{hour:"numeric",...e}).replace(/^0(?=\d)/,"")}wait(t){let e=Math.max(1,Math.round(t/60));if(e<60)return`${e} min`;let s=e%60;return`${Math.floor(e/60)} h${s?` ${String(s).padStart(2,"0")}`:""}`}tariff(t,{short:e=!1}={}){if(!t)return"";let s=e&&this.has(`short_${t.tariff}`)?`short_${t.tariff}`:t.tariff;return this.has(s)?this.t(s):t.label||this.t("index",{n:t.tariff.replace("index_","")})}contract(t){let e=`contract_${t.contract}`;return this.has(e)?this.t(e):t.calendar||""}_make(t,e,s){let r=t+JSON.stringify(s);return this._made.has(r)||this._made.set(r,new Intl[t](e,s)),this._made.get(r)}}});var vt,kt,Yt,De,ot,ze,$,Ne,Zt,Gt=x(()=>{vt=globalThis,kt=vt.ShadowRoot&&(vt.ShadyCSS===void 0||vt.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Yt=Symbol(),De=new WeakMap,ot=class{constructor(t,e,s){if(this._$cssResult$=!0,s!==Yt)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o,e=this.t;if(kt&&t===void 0){let s=e!==void 0&&e.length===1;s&&(t=De.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),s&&De.set(e,t))}return t}toString(){return this.cssText}},ze=i=>new ot(typeof i=="string"?i:i+"",void 0,Yt),$=(i,...t)=>{let e=i.length===1?i[0]:t.reduce((s,r,n)=>s+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[n+1],i[0]);return new ot(e,i,Yt)},Ne=(i,t)=>{if(kt)i.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let s=document.createElement("style"),r=vt.litNonce;r!==void 0&&s.setAttribute("nonce",r),s.textContent=e.cssText,i.appendChild(s)}},Zt=kt?i=>i:i=>i instanceof CSSStyleSheet?(t=>{let e="";for(let s of t.cssRules)e+=s.cssText;return ze(e)})(i):i});var zs,Ns,Rs,Us,Hs,Ls,At,Re,Bs,Ws,at,Jt,He,Ue,P,St=x(()=>{Gt();Gt();({is:zs,defineProperty:Ns,getOwnPropertyDescriptor:Rs,getOwnPropertyNames:Us,getOwnPropertySymbols:Hs,getPrototypeOf:Ls}=Object),At=globalThis,Re=At.trustedTypes,Bs=Re?Re.emptyScript:"",Ws=At.reactiveElementPolyfillSupport,at=(i,t)=>i,Jt={toAttribute(i,t){switch(t){case Boolean:i=i?Bs:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,t){let e=i;switch(t){case Boolean:e=i!==null;break;case Number:e=i===null?null:Number(i);break;case Object:case Array:try{e=JSON.parse(i)}catch{e=null}}return e}},He=(i,t)=>!zs(i,t),Ue={attribute:!0,type:String,converter:Jt,reflect:!1,useDefault:!1,hasChanged:He};Symbol.metadata??=Symbol("metadata"),At.litPropertyMetadata??=new WeakMap;P=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=Ue){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){let s=Symbol(),r=this.getPropertyDescriptor(t,s,e);r!==void 0&&Ns(this.prototype,t,r)}}static getPropertyDescriptor(t,e,s){let{get:r,set:n}=Rs(this.prototype,t)??{get(){return this[e]},set(o){this[e]=o}};return{get:r,set(o){let l=r?.call(this);n?.call(this,o),this.requestUpdate(t,l,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??Ue}static _$Ei(){if(this.hasOwnProperty(at("elementProperties")))return;let t=Ls(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(at("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(at("properties"))){let e=this.properties,s=[...Us(e),...Hs(e)];for(let r of s)this.createProperty(r,e[r])}let t=this[Symbol.metadata];if(t!==null){let e=litPropertyMetadata.get(t);if(e!==void 0)for(let[s,r]of e)this.elementProperties.set(s,r)}this._$Eh=new Map;for(let[e,s]of this.elementProperties){let r=this._$Eu(e,s);r!==void 0&&this._$Eh.set(r,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){let e=[];if(Array.isArray(t)){let s=new Set(t.flat(1/0).reverse());for(let r of s)e.unshift(Zt(r))}else t!==void 0&&e.push(Zt(t));return e}static _$Eu(t,e){let s=e.attribute;return s===!1?void 0:typeof s=="string"?s:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(t=>t(this))}addController(t){(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&t.hostConnected?.()}removeController(t){this._$EO?.delete(t)}_$E_(){let t=new Map,e=this.constructor.elementProperties;for(let s of e.keys())this.hasOwnProperty(s)&&(t.set(s,this[s]),delete this[s]);t.size>0&&(this._$Ep=t)}createRenderRoot(){let t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Ne(t,this.constructor.elementStyles),t}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(t=>t.hostConnected?.())}enableUpdating(t){}disconnectedCallback(){this._$EO?.forEach(t=>t.hostDisconnected?.())}attributeChangedCallback(t,e,s){this._$AK(t,s)}_$ET(t,e){let s=this.constructor.elementProperties.get(t),r=this.constructor._$Eu(t,s);if(r!==void 0&&s.reflect===!0){let n=(s.converter?.toAttribute!==void 0?s.converter:Jt).toAttribute(e,s.type);this._$Em=t,n==null?this.removeAttribute(r):this.setAttribute(r,n),this._$Em=null}}_$AK(t,e){let s=this.constructor,r=s._$Eh.get(t);if(r!==void 0&&this._$Em!==r){let n=s.getPropertyOptions(r),o=typeof n.converter=="function"?{fromAttribute:n.converter}:n.converter?.fromAttribute!==void 0?n.converter:Jt;this._$Em=r;let l=o.fromAttribute(e,n.type);this[r]=l??this._$Ej?.get(r)??l,this._$Em=null}}requestUpdate(t,e,s,r=!1,n){if(t!==void 0){let o=this.constructor;if(r===!1&&(n=this[t]),s??=o.getPropertyOptions(t),!((s.hasChanged??He)(n,e)||s.useDefault&&s.reflect&&n===this._$Ej?.get(t)&&!this.hasAttribute(o._$Eu(t,s))))return;this.C(t,e,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:s,reflect:r,wrapped:n},o){s&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,o??e??this[t]),n!==!0||o!==void 0)||(this._$AL.has(t)||(this.hasUpdated||s||(e=void 0),this._$AL.set(t,e)),r===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,n]of this._$Ep)this[r]=n;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[r,n]of s){let{wrapped:o}=n,l=this[r];o!==!0||this._$AL.has(r)||l===void 0||this.C(r,void 0,n,l)}}let t=!1,e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(e)):this._$EM()}catch(s){throw t=!1,this._$EM(),s}t&&this._$AE(e)}willUpdate(t){}_$AE(t){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};P.elementStyles=[],P.shadowRootOptions={mode:"open"},P[at("elementProperties")]=new Map,P[at("finalized")]=new Map,Ws?.({ReactiveElement:P}),(At.reactiveElementVersions??=[]).push("2.1.2")});function Je(i,t){if(!ne(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return Be!==void 0?Be.createHTML(t):t}function q(i,t,e=i,s){if(t===H)return t;let r=s!==void 0?e._$Co?.[s]:e._$Cl,n=ct(t)?void 0:t._$litDirective$;return r?.constructor!==n&&(r?._$AO?.(!1),n===void 0?r=void 0:(r=new n(i),r._$AT(i,e,s)),s!==void 0?(e._$Co??=[])[s]=r:e._$Cl=r),r!==void 0&&(t=q(i,r._$AS(i,t.values),r,s)),t}var re,Le,Et,Be,Ye,j,Ze,Is,U,ht,ct,ne,qs,Kt,lt,We,Ie,N,qe,Ve,Ge,ie,c,S,zr,H,p,Fe,R,Vs,ut,Xt,pt,V,Qt,te,ee,se,Fs,Ke,Mt=x(()=>{re=globalThis,Le=i=>i,Et=re.trustedTypes,Be=Et?Et.createPolicy("lit-html",{createHTML:i=>i}):void 0,Ye="$lit$",j=`lit$${Math.random().toFixed(9).slice(2)}$`,Ze="?"+j,Is=`<${Ze}>`,U=document,ht=()=>U.createComment(""),ct=i=>i===null||typeof i!="object"&&typeof i!="function",ne=Array.isArray,qs=i=>ne(i)||typeof i?.[Symbol.iterator]=="function",Kt=`[ 	
\f\r]`,lt=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,We=/-->/g,Ie=/>/g,N=RegExp(`>|${Kt}(?:([^\\s"'>=/]+)(${Kt}*=${Kt}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),qe=/'/g,Ve=/"/g,Ge=/^(?:script|style|textarea|title)$/i,ie=i=>(t,...e)=>({_$litType$:i,strings:t,values:e}),c=ie(1),S=ie(2),zr=ie(3),H=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),Fe=new WeakMap,R=U.createTreeWalker(U,129);Vs=(i,t)=>{let e=i.length-1,s=[],r,n=t===2?"<svg>":t===3?"<math>":"",o=lt;for(let l=0;l<e;l++){let h=i[l],a,u,d=-1,m=0;for(;m<h.length&&(o.lastIndex=m,u=o.exec(h),u!==null);)m=o.lastIndex,o===lt?u[1]==="!--"?o=We:u[1]!==void 0?o=Ie:u[2]!==void 0?(Ge.test(u[2])&&(r=RegExp("</"+u[2],"g")),o=N):u[3]!==void 0&&(o=N):o===N?u[0]===">"?(o=r??lt,d=-1):u[1]===void 0?d=-2:(d=o.lastIndex-u[2].length,a=u[1],o=u[3]===void 0?N:u[3]==='"'?Ve:qe):o===Ve||o===qe?o=N:o===We||o===Ie?o=lt:(o=N,r=void 0);let f=o===N&&i[l+1].startsWith("/>")?" ":"";n+=o===lt?h+Is:d>=0?(s.push(a),h.slice(0,d)+Ye+h.slice(d)+j+f):h+j+(d===-2?l:f)}return[Je(i,n+(i[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]},ut=class i{constructor({strings:t,_$litType$:e},s){let r;this.parts=[];let n=0,o=0,l=t.length-1,h=this.parts,[a,u]=Vs(t,e);if(this.el=i.createElement(a,s),R.currentNode=this.el.content,e===2||e===3){let d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(r=R.nextNode())!==null&&h.length<l;){if(r.nodeType===1){if(r.hasAttributes())for(let d of r.getAttributeNames())if(d.endsWith(Ye)){let m=u[o++],f=r.getAttribute(d).split(j),w=/([.?@])?(.*)/.exec(m);h.push({type:1,index:n,name:w[2],strings:f,ctor:w[1]==="."?Qt:w[1]==="?"?te:w[1]==="@"?ee:V}),r.removeAttribute(d)}else d.startsWith(j)&&(h.push({type:6,index:n}),r.removeAttribute(d));if(Ge.test(r.tagName)){let d=r.textContent.split(j),m=d.length-1;if(m>0){r.textContent=Et?Et.emptyScript:"";for(let f=0;f<m;f++)r.append(d[f],ht()),R.nextNode(),h.push({type:2,index:++n});r.append(d[m],ht())}}}else if(r.nodeType===8)if(r.data===Ze)h.push({type:2,index:n});else{let d=-1;for(;(d=r.data.indexOf(j,d+1))!==-1;)h.push({type:7,index:n}),d+=j.length-1}n++}}static createElement(t,e){let s=U.createElement("template");return s.innerHTML=t,s}};Xt=class{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){let{el:{content:e},parts:s}=this._$AD,r=(t?.creationScope??U).importNode(e,!0);R.currentNode=r;let n=R.nextNode(),o=0,l=0,h=s[0];for(;h!==void 0;){if(o===h.index){let a;h.type===2?a=new pt(n,n.nextSibling,this,t):h.type===1?a=new h.ctor(n,h.name,h.strings,this,t):h.type===6&&(a=new se(n,this,t)),this._$AV.push(a),h=s[++l]}o!==h?.index&&(n=R.nextNode(),o++)}return R.currentNode=U,r}p(t){let e=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(t,s,e),e+=s.strings.length-2):s._$AI(t[e])),e++}},pt=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,s,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=q(this,t,e),ct(t)?t===p||t==null||t===""?(this._$AH!==p&&this._$AR(),this._$AH=p):t!==this._$AH&&t!==H&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):qs(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==p&&ct(this._$AH)?this._$AA.nextSibling.data=t:this.T(U.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:s}=t,r=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=ut.createElement(Je(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===r)this._$AH.p(e);else{let n=new Xt(r,this),o=n.u(this.options);n.p(e),this.T(o),this._$AH=n}}_$AC(t){let e=Fe.get(t.strings);return e===void 0&&Fe.set(t.strings,e=new ut(t)),e}k(t){ne(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,s,r=0;for(let n of t)r===e.length?e.push(s=new i(this.O(ht()),this.O(ht()),this,this.options)):s=e[r],s._$AI(n),r++;r<e.length&&(this._$AR(s&&s._$AB.nextSibling,r),e.length=r)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let s=Le(t).nextSibling;Le(t).remove(),t=s}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},V=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,s,r,n){this.type=1,this._$AH=p,this._$AN=void 0,this.element=t,this.name=e,this._$AM=r,this.options=n,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=p}_$AI(t,e=this,s,r){let n=this.strings,o=!1;if(n===void 0)t=q(this,t,e,0),o=!ct(t)||t!==this._$AH&&t!==H,o&&(this._$AH=t);else{let l=t,h,a;for(t=n[0],h=0;h<n.length-1;h++)a=q(this,l[s+h],e,h),a===H&&(a=this._$AH[h]),o||=!ct(a)||a!==this._$AH[h],a===p?t=p:t!==p&&(t+=(a??"")+n[h+1]),this._$AH[h]=a}o&&!r&&this.j(t)}j(t){t===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}},Qt=class extends V{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===p?void 0:t}},te=class extends V{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==p)}},ee=class extends V{constructor(t,e,s,r,n){super(t,e,s,r,n),this.type=5}_$AI(t,e=this){if((t=q(this,t,e,0)??p)===H)return;let s=this._$AH,r=t===p&&s!==p||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,n=t!==p&&(s===p||r);r&&this.element.removeEventListener(this.name,this,s),n&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}},se=class{constructor(t,e,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){q(this,t)}},Fs=re.litHtmlPolyfillSupport;Fs?.(ut,pt),(re.litHtmlVersions??=[]).push("3.3.3");Ke=(i,t,e)=>{let s=e?.renderBefore??t,r=s._$litPart$;if(r===void 0){let n=e?.renderBefore??null;s._$litPart$=r=new pt(t.insertBefore(ht(),n),n,void 0,e??{})}return r._$AI(i),r}});var oe,T,Ys,Xe=x(()=>{St();St();Mt();Mt();oe=globalThis,T=class extends P{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){let e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=Ke(e,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return H}};T._$litElement$=!0,T.finalized=!0,oe.litElementHydrateSupport?.({LitElement:T});Ys=oe.litElementPolyfillSupport;Ys?.({LitElement:T});(oe.litElementVersions??=[]).push("4.2.2")});var Qe=x(()=>{});var L=x(()=>{St();Mt();Xe();Qe()});function ae(i){let{entities:t,indexes:e={}}=i,s=Object.keys(t).map(o=>/^energy_index_(\d+)$/.exec(o)?.[1]).filter(Boolean).sort((o,l)=>o-l),r=Object.keys(e).every(o=>s.includes(o));if(s.length>1&&(r||!t.energy_import))return{ids:s.map(o=>t[`energy_index_${o}`]),indexes:s};let n=t.energy_import||s.length&&t[`energy_index_${s[0]}`];return{ids:n?[n]:[],indexes:[null]}}function le(i,t){let e=(t||0)-i.reduce((s,r)=>s+r,0);return e>.05*t+.1?e:0}function Ot({key:i,place:t}){return(Zs[i.replace(/^(blue|white|red)_/,"")]??1)*20+t}var Zs,Tt,he=x(()=>{Zs={off_peak:0,normal:0,peak:1,mobile_peak:1,all_hours:2,total:2},Tt=class{constructor(t){this._counted=ae(t).indexes;let e=(t.before||[]).map(({until:s,indexes:r})=>({until:Date.parse(s),indexes:r}));this._contracts=[...e,{until:1/0,indexes:t.indexes||{}}]}tariffs(t,e){let s=new Map,r=n=>s.has(n.key)||s.set(n.key,n);this._contracts.forEach(({until:n,indexes:o},l)=>{if(n<=e)return;let h=l===this._contracts.length-1;for(let u of this._counted)(u===null||o[u])&&r(this._part(l,u));let a=Object.keys(o).filter(u=>!this._counted.includes(u));!h&&a.length&&this._counted[0]!==null&&r(this._rest(l))});for(let n of t)for(let{part:o}of this.parts(n))r(o);return[...s.values()].sort((n,o)=>Ot(n)-Ot(o))}parts({at:t,parts:e,whole:s,span:r}){let n=new Map,o=(a,u)=>{u>0&&n.set(a.key,{part:a,kwh:u+(n.get(a.key)?.kwh||0)})},l=this._at(t+r-36e5);this._counted.forEach((a,u)=>o(this._part(l,a),e[u]||0));let h=le(e,s);return h&&o(this._rest(this._at(t-864e5)),h),[...n.values()].sort((a,u)=>Ot(a.part)-Ot(u.part))}_at(t){return this._contracts.findIndex(({until:e})=>t<e)}_part(t,e){if(e===null)return{key:"total",index:this._only(t),place:0};let s=[...this._contracts.keys()].sort((r,n)=>Math.abs(r-t)-Math.abs(n-t));for(let r of s){let{indexes:n}=this._contracts[r],o=Object.keys(n).indexOf(String(e));if(o>=0)return{key:n[e].tariff,index:n[e],place:o}}return{key:`index_${e}`,index:{tariff:`index_${e}`},place:e-1}}_rest(t){let e=this._only(t);return{key:e?.tariff||"total",index:e,place:0}}_only(t){let{indexes:e}=this._contracts[t],[s,...r]=Object.values(e);return r.length?void 0:s}}});function ts(i,t){return ce.has(t)||ce.set(t,new Intl.DateTimeFormat("en-GB",{timeZone:t,weekday:"short",hour:"2-digit",minute:"2-digit",second:"2-digit",hourCycle:"h23"})),Object.fromEntries(ce.get(t).formatToParts(i).map(({type:e,value:s})=>[e,s]))}function es(i,t){let{weekday:e,hour:s}=ts(i,t);return{weekday:Gs.indexOf(e),hour:Number(s)}}function ue(i,t){let{hour:e,minute:s,second:r}=ts(i,t);return i-((Number(e)*60+Number(s))*60+Number(r))*1e3-i%1e3}var ce,Gs,ss=x(()=>{ce=new Map;Gs=["Mon","Tue","Wed","Thu","Fri","Sat","Sun"]});function ls(i){for(let t of i)as.set(t.meter.entry,t)}function hs(i,t){let e=is.get(t);return(!e||e.connection!==i.connection)&&(e=new fe(i,t),is.set(t,e)),e}function Xs(i){return i.length?[Math.min(...i.map(({min:t})=>t)),Math.max(...i.map(({max:t})=>t))]:null}function mt(i){return!!i?.meter?.link&&i.now!==null}function E(i){return i.active_power!=null?i.active_power:i.apparent_power_export?-i.apparent_power_export:i.apparent_power??null}function os(i){return Pt(i,Object.keys(i)).reduce((t,{sum:e})=>t+e,0)}function Pt(i,t){let e=new Map;return t.forEach((s,r)=>{for(let{start:n,change:o}of i[s]||[]){e.has(n)||e.set(n,{at:n,parts:t.map(()=>0),sum:0});let l=e.get(n),h=Math.max(o||0,0);l.parts[r]=h,l.sum+=h}}),[...e.values()].sort((s,r)=>s.at-r.at)}function Qs(i,t){let e=({at:s})=>Math.round((t-s)/D);return!i.length||e(i[0])<me?null:i.filter(s=>e(s)>=1&&e(s)<=me).reduce((s,{sum:r})=>s+r,0)}function de(i,t,e,s){let r=new Map((i[e]||[]).map(({start:o,change:l})=>[o,l||0])),n=new Map(Pt(i,t).map(o=>[o.at,o]));for(let o of r.keys())n.has(o)||n.set(o,{at:o,parts:t.map(()=>0),sum:0});return[...n.values()].sort((o,l)=>o.at-l.at).map(({at:o,parts:l,sum:h})=>{let a=r.get(o);return{at:o,parts:l,whole:a,span:s,sum:h+le(l,a)}})}var Ct,D,dt,Js,me,pe,rs,ns,Ks,is,as,fe,B=x(()=>{he();ss();Ct=36e5,D=24*Ct,dt=3,Js=35,me=365,pe=5*6e4,rs=3e3,ns=["past","exported"],Ks={days:[],months:[],year:null,today:[],hours:[],volts:[],exported:0},is=new Map,as=new Map;fe=class{constructor(t,e){this.connection=t.connection,this.zone=t.config.time_zone,this.entry=e,this.meter=null,this.now=null,this.gone=!1,this.trail=[],this.past=null,this.exported=null,this._listeners=new Map,Object.assign(this,as.get(e))}listen(t,e){let s=this._wants;return this._listeners.set(t,e),this._running?this.meter&&this._wants!==s&&this._load():this._start(),()=>{this._listeners.delete(t),this._listeners.size||setTimeout(()=>this._listeners.size||this._stop(),3e3)}}_tell(t){for(let e of this._listeners.keys())e(t)}get _wants(){let t=[...this._listeners.values()].flat();return ns.find(e=>t.includes(e))}async _start(){this._running||(this._running=!0,this._tries=0,this.meter&&this._load(),this._ready=()=>this._subscribe().then(()=>this.meter&&this._load()),this.connection.addEventListener("ready",this._ready),await this._subscribe())}async _subscribe(){clearTimeout(this._again);try{this._end=await this.connection.subscribeMessage(t=>this._take(t),{type:"linky_meter/subscribe",entry:this.entry},{resubscribe:!1}),this.gone=!1,this._running||this._stop()}catch(t){this.gone=t?.code==="not_found",this.gone?this._tell("meter"):this._running&&(this._again=setTimeout(()=>this._subscribe(),rs))}}_stop(){this._running=!1,clearTimeout(this._timer),clearTimeout(this._again),this.connection.removeEventListener("ready",this._ready),this._end?.(),this._end=null,this._loaded=null}_take({meter:t,now:e}){if(t&&(this.meter=t,this._tell("meter"),JSON.stringify(t.entities)!==this._loaded&&this._load()),e){this.now=e;let s=E(e);s!==null&&this._wants==="past"&&this.trail.push([Date.parse(e.at),s]),this._tell("now")}}async _load(){clearTimeout(this._timer);let t=this._asked={};this._loaded=JSON.stringify(this.meter.entities);let e={past:()=>this._loadPast(t),exported:()=>this._loadExported(t)}[this._wants];if(!e)return;let s=await e();if(t!==this._asked||!this._running)return;let r=s?pe:Math.min(pe,rs*2**this._tries);this._tries=s?0:this._tries+1,this._timer=setTimeout(()=>this._load(),r);for(let n of ns)this._tell(n)}async _loadPast(t){let{entities:e}=this.meter,s=!0,r=(a,u)=>a.catch(()=>(s=!1,u)),[n,o]=await Promise.all([r(this._history(e),[]),r(this._statistics(e),this.past||Ks)]);if(t!==this._asked||!this._running)return!1;let l=Date.now()-dt*Ct,h=n.length?n[n.length-1][0]:0;return this.trail=[...n,...this.trail.filter(([a])=>a>h&&a>l)],this.past=o,this.exported=o.exported,s&&n.length>0&&n[0][0]<l+pe&&o.hours.length>0}async _loadExported(t){let{energy_export:e}=this.meter.entities,s=ue(Date.now(),this.zone);try{let r=await this._ask([e].filter(Boolean),"hour",s);return t===this._asked&&(this.exported=os(r)),!0}catch{return!1}}async _history(t){let e=t.active_power||t.apparent_power;if(!e)return[];let s=Date.now();return((await this.connection.sendMessagePromise({type:"history/history_during_period",start_time:new Date(s-dt*Ct).toISOString(),end_time:new Date(s).toISOString(),entity_ids:[e],minimal_response:!0,no_attributes:!0,significant_changes_only:!1}))[e]||[]).map(({s:n,lu:o})=>[o*1e3,n===""||isNaN(n)?null:Number(n)])}async _statistics(t){let{ids:e}=ae(this.meter),s=t.energy_import?[t.energy_import]:e,r=[1,2,3].map(_=>t[`voltage_l${_}`]),n=Date.now(),o=ue(n,this.zone),l=[...e,...s.filter(_=>!e.includes(_))],[h,a,u,d,m,f,w]=await Promise.all([this._ask(l,"day",n-31*D),this._ask(l,"month",n-366*D),this._ask(this.meter.year?[]:s,"day",o-(me+7)*D),this._ask(l,"hour",o),this._ask(s,"hour",n-Js*D),this._ask(r.filter(Boolean),"hour",n-D,["min","max"],{}),this._ask([t.energy_export].filter(Boolean),"hour",o)]);return{days:de(h,e,t.energy_import,D),months:de(a,e,t.energy_import,28*D),year:Qs(Pt(u,s),o),today:de(d,e,t.energy_import,Ct),hours:Pt(m,s).map(({at:_,sum:b})=>({...es(_,this.zone),at:_,kwh:b})),exported:os(w),volts:[null,...r].map(_=>Xs(f[_]||[]))}}async _ask(t,e,s,r=["change"],n={energy:"kWh"}){return t.length?this.connection.sendMessagePromise({type:"recorder/statistics_during_period",start_time:new Date(s).toISOString(),statistic_ids:t,period:e,types:r,units:n}):{}}}});function we(i){let t=i.devices||tr;return ge.has(t)||ge.set(t,Object.values(t).filter(e=>e.identifiers?.some(([s])=>s==="linky_meter")).map(e=>e.config_entry_id??e.config_entries[0])[0]),ge.get(t)}function jt(i,t,e=4){let r=Math.max(t-i,1e-9)/e,n=10**Math.floor(Math.log10(r)),o=[1,2,5,10].map(a=>a*n).find(a=>a>=r*.999),l=Math.floor(i/o+1e-9),h=Math.ceil(t/o-1e-9);return Array.from({length:h-l+1},(a,u)=>(l+u)*o)}function Dt([i,t]){let e=t-i;return e>=1?0:e>=.1?1:2}function W(i,t=0){let e=i?.tariff||"",[,s,r]=/^(blue|white|red)_(off_peak|peak)$/.exec(e)||[];return s?`var(--lm-${s}${r==="off_peak"?"2":""})`:e==="mobile_peak"?"var(--lm-red)":["off_peak","normal"].includes(e)||/\bHC\b|CREUSE/i.test(i?.label||"")?"var(--lm-pale)":["var(--lm-accent)","var(--lm-white)","var(--lm-paler)"][e.startsWith("index_")?t%3:0]}var k,_e,v,M,ge,tr,O=x(()=>{L();B();bt();k=$`
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
`,_e=new Map,v=class extends T{setConfig(t){if(!t||typeof t!="object")throw new Error("No configuration");this.config=t,this._follow(),this.requestUpdate()}getCardSize(){return 5}getGridOptions(){return{columns:12,min_columns:6}}static getStubConfig(){return{}}connectedCallback(){super.connectedCallback(),this._follow()}disconnectedCallback(){super.disconnectedCallback(),this._forget?.(),this._forget=null,this._stores=null}willUpdate(t){t.has("hass")&&this.hass&&(this.toggleAttribute("dark",!!this.hass.themes?.darkMode),this._follow())}shouldUpdate(t){let e=t.get("hass");return t.size>1||!e?!0:e.language!==this.hass.language||e.locale!==this.hass.locale||e.localize!==this.hass.localize||e.themes!==this.hass.themes||e.connection!==this.hass.connection||we(e)!==we(this.hass)}get w(){return it(this.hass)}get _store(){return this._stores?.[0]}get meter(){return this._store?.meter}get now(){return this._store?.now}get read(){return mt(this._store)}_follow(){if(!this.isConnected||!this.hass||!this.config)return;let e=(this.config.entries||[this.config.entry||we(this.hass)].filter(Boolean)).map(l=>hs(this.hass,l)),s=this._stores||[];if(e.length===s.length&&e.every((l,h)=>l===s[h]))return;this._forget?.(),this._stores=e,this.requestUpdate();let{shows:r}=this.constructor,n=l=>{r.includes(l)&&(this._turn=(this._turn||0)+1)},o=e.map(l=>l.listen(n,r));this._forget=()=>o.forEach(l=>l())}_open(t,e){let s=this.meter?.entities[t];s&&this.dispatchEvent(new CustomEvent("hass-more-info",{detail:{entityId:s,view:e},bubbles:!0,composed:!0}))}figure(t,e,s,r){let n=!!this.meter?.entities[t],o=c`<strong>${e}</strong>${s?c`<em>${s}</em>`:p}`;return n?c`<button class="figure" @click=${()=>this._open(t)}
          aria-label=${this.w.t("named",{name:r,value:`${e} ${s}`.trim()})}>${o}</button>`:c`<div class="figure" disabled>${o}</div>`}link(t){if(!this.hass.user?.is_admin)return p;let e=`/config/integrations/integration/linky_meter#config_entry=${this.meter.entry}`;return c`<a class="do" href=${e}>${t}</a>`}get worded(){let{language:t}=this.hass;if(this._text("best_own"))return!0;if(!_e.has(t)){let e=this.hass.loadBackendTranslation("common","linky_meter");_e.set(t,e.catch(()=>{}))}return _e.get(t).then(()=>{this._settled!==t&&(this._settled=t,this.requestUpdate())}),this._settled===t}_text(t,e){return this.hass.localize(`component.linky_meter.common.${t}`,e)}said(t){let{w:e}=this;return t.map(({key:s,words:r},n)=>{let o=Object.entries(r).map(([h,a])=>[h,e.filled(a)]),l=this._text(s,{...Object.fromEntries(o),...r.name&&{name:`\0${r.name}\0`}}).split("\0");return c`${n?" ":""}${l.map((h,a)=>a%2?c`<b>${h}</b>`:h)}`})}card(t,e,s,r={}){return c`<ha-card class=${r.class||""} role="region" aria-label=${t}>
      <h2><span>${t}</span>${e?c`<span>${e}</span>`:p}</h2>
      ${s}
    </ha-card>`}render(){return!this.hass||!this.config?p:this._store?.gone?c`<ha-card><div class="empty">${this.w.t("gone")}</div></ha-card>`:this.meter?this.draw():c`<ha-card></ha-card>`}};g(v,"properties",{hass:{attribute:!1},_turn:{state:!0}}),g(v,"shows",["meter","now"]),g(v,"styles",k);M=class extends v{connectedCallback(){super.connectedCallback(),this._observer=new ResizeObserver(()=>{let t=this.renderRoot?.querySelector(".chart");t&&t.clientWidth&&(this._width=t.clientWidth)}),this._observer.observe(this)}disconnectedCallback(){super.disconnectedCallback(),this._observer.disconnect()}updated(){let t=this.renderRoot.querySelector(".chart");t&&t.clientWidth&&t.clientWidth!==this._width&&(this._width=t.clientWidth)}};g(M,"properties",{...v.properties,_width:{state:!0}}),g(M,"shows",["meter","past"]);ge=new WeakMap,tr={}});function rr({months:i,hourly:t}){return i?{month:"long",year:"numeric"}:t?{hour:"numeric"}:{weekday:"short",day:"numeric",month:"short"}}function nr(i,t,e,s,r){return`M${i} ${t+s}V${t+r}q0 ${-r} ${r} ${-r}h${e-2*r}q${r} 0 ${r} ${r}V${t+s}Z`}var I,ft,er,ye,sr,F,cs=x(()=>{L();he();O();I=204,ft=30,er=[30,14],ye=480,sr=24*36e5,F=class extends M{draw(){let{w:t}=this,{past:e}=this._store,s=e?this._rows(e):null,r=c`<div class="choose">
      ${[[!1,"days"],[!0,"months"]].map(([n,o])=>c`<button aria-pressed=${String(!!this._months===n)}
          @click=${()=>{this._months=n,this._over=null}}>${t.t(o)}</button>`)}
    </div>`;return this.card(t.t(s?.hourly?"hours_today":"energy"),s?.hourly&&e.months.length<2?p:r,c`<div class="chart">${s?this._chart(s):p}</div>${this._legend(s)}`)}card(t,e,s){return c`<ha-card role="region" aria-label=${this.w.t("energy")}>
      <h2><span>${t}</span>${e}</h2>
      ${s}
    </ha-card>`}_rows(t){let e=this._width<ye;if(this._months)return{bars:t.months.slice(-12),least:6,months:!0,days:366};let{days:s}=this._expected(),r=t.days.slice(-s);return r.length<2?{bars:t.today,least:24,hourly:!0,days:1}:{bars:r,least:e?10:14,days:s}}_expected(){return{bars:[],days:er[+(this._width<ye)]}}_tariffs({bars:t,days:e}){let s=new Tt(this.meter),r=s.tariffs(t,Date.now()-e*sr);return{stack:s,colour:({key:o,index:l,place:h})=>r.length>1&&["all_hours","total"].includes(o)?"var(--lm-all)":W(l,h),tariffs:r}}_chart(t){let{w:e}=this,{bars:s,least:r,months:n,hourly:o}=t,l=this._width;if(!l)return p;if(!s.length)return c`<div class="empty">${e.t(o?"first_hour":"first_day")}</div>`;let{stack:h,colour:a}=this._tariffs(t),u=jt(0,Math.max(...s.map(({sum:A})=>A),1),3),d=u[u.length-1],m=A=>I-24-A/d*(I-34),f=Math.max(s.length,r),w=(l-ft-2)/f,_=Math.min(Math.max(w*.7,2),44),b=Math.ceil((l<ye?52:64)/w),xt=Dt(u),y=s.reduce((A,rt)=>A+rt.sum,0),C=e.t("energy_label",{what:e.t(n?"months":o?"hours_today":"days"),n:s.length,kwh:e.kwh(y)}),z=A=>n?e.counted(A,{month:"short"}):o?e.hourAt(A,{timeZone:e.home}):e.counted(A,{day:"numeric",month:"short"});return c`<svg role="img" aria-label=${C} width=${l} height=${I} viewBox="0 0 ${l} ${I}">
      ${u.map(A=>S`<line class="grid" x1=${ft} x2=${l} y1=${m(A)} y2=${m(A)}></line>
          <text x=${ft-8} y=${m(A)+4} text-anchor="end">${e.number(A,xt)}</text>`)}
      <g class="bars" @pointerleave=${()=>this._over=null}>
        ${s.map((A,rt)=>{let It=ft+rt*w+(w-_)/2,nt=0,Ae=h.parts(A),Se=Math.min(3,_/4);return S`<g @pointerenter=${()=>this._over=A}>
            <rect x=${ft+rt*w} y="10" width=${w} height=${I-34} fill="transparent"></rect>
            ${Ae.map(({part:Ee,kwh:Os},Ts)=>{let Cs=m(nt);nt+=Os;let qt=Math.max(Cs-m(nt),.5);return Ts===Ae.length-1&&qt>Se?S`<path d=${nr(It,m(nt),_,qt,Se)} fill=${a(Ee)}></path>`:S`<rect x=${It} y=${m(nt)} width=${_} height=${qt} fill=${a(Ee)}></rect>`})}
            ${(s.length-1-rt)%b===0?S`<text x=${Math.min(It+_/2,l-18)} y=${I-5} text-anchor="middle">${z(A.at)}</text>`:p}
          </g>`})}
      </g>
    </svg>`}_legend(t){let{w:e}=this,{tariffs:s,colour:r}=this._tariffs(t||this._expected()),n=this._over,o=" ";return n?o=e.t("named",{name:e.counted(n.at,rr(t)),value:e.kwh(n.sum)}):t?.bars.length&&(o=e.kwh(t.bars.reduce((l,h)=>l+h.sum,0))),c`<ul>
      ${s.length>1?s.map(l=>c`<li><i style="background:${r(l)}"></i>${e.tariff(l.index,{short:!0})||e.t("undivided")}</li>`):p}
      <li class="over">${o}</li>
    </ul>`}};g(F,"properties",{...M.properties,_months:{state:!0},_over:{state:!0}}),g(F,"styles",[k,$`
      .chart {
        height: ${I}px;
        display: flex;
        position: relative;
      }
      h2 {
        align-items: center;
      }
      .choose {
        display: flex;
        gap: 2px;
        margin: -4px 0;
      }
      .choose button {
        all: unset;
        cursor: pointer;
        font-size: 12px;
        font-weight: 500;
        line-height: 20px;
        padding: 4px 12px;
        border-radius: 14px;
        color: var(--lm-dim);
      }
      .choose button[aria-pressed="true"] {
        background: var(--lm-grid);
        color: var(--lm-ink);
      }
      ul {
        list-style: none;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        margin: 8px 0 0;
        padding: 0;
        font-size: 12px;
        line-height: 16px;
        min-height: 16px;
        color: var(--lm-dim);
      }
      li i {
        display: inline-block;
        width: 10px;
        height: 10px;
        border-radius: 3px;
        margin-right: 5px;
        vertical-align: -1px;
      }
      .over {
        margin-left: auto;
        min-width: 64px;
        text-align: right;
        color: var(--lm-ink);
        font-variant-numeric: tabular-nums;
      }
      .bars:hover rect {
        opacity: 0.55;
      }
      .bars g:hover rect {
        opacity: 1;
      }
    `])});function xe(i,t){let e=i?.states[t?.entities.unusual_use];return e?.state==="on"?e.attributes.reason:void 0}var _t,us=x(()=>{O();_t=class extends v{shouldUpdate(t){let e=t.get("hass");return super.shouldUpdate(t)||xe(e,this.meter)!==xe(this.hass,this.meter)}draw(){let{meter:t,w:e}=this,s=t.subscribed?e.unit(t.subscribed/1e3,"kVA",t.subscribed%1e3?1:0):"",r={1:e.t("single"),3:e.t("three")}[t.phases],n=xe(this.hass,t),o=[e.contract(t),s,r].filter(Boolean);return c`<header>
      <h1>${t.name}</h1>
      <span class="chip ${this.read?"":"lost"}" role="status"><i></i>${e.t(this.read?"live":"not_read")}</span>
      ${n?c`<button class="chip lost" @click=${()=>this._open("unusual_use","details")}><i></i>${n}</button>`:p}
      ${o.length?c`<span class="chip">${o.join(" · ")}</span>`:p}
    </header>`}};g(_t,"styles",[k,$`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        min-height: 32px;
      }
      h1 {
        font-size: 22px;
        font-weight: 400;
        line-height: 30px;
        margin: 0;
        color: var(--primary-text-color);
      }
      .chip {
        font-size: 12px;
        line-height: 18px;
        color: var(--lm-dim);
        border: 1px solid var(--divider-color, #e0e0e0);
        border-radius: 14px;
        padding: 3px 10px;
        background: var(--card-background-color);
      }
      .chip i {
        display: inline-block;
        width: 7px;
        height: 7px;
        border-radius: 4px;
        margin-right: 7px;
        vertical-align: 1px;
        background: var(--lm-ok);
      }
      .lost {
        color: var(--lm-ink);
      }
      .lost i {
        background: var(--lm-bad);
      }
      button {
        font-family: inherit;
        text-align: start;
        cursor: pointer;
      }
    `])});var gt,zt,Y,ps=x(()=>{O();gt=207,zt=253,Y=class extends v{draw(){let{meter:t,w:e}=this,s=t.link&&t.quality!=null?e.percent(t.quality,t.quality<99.95?1:0):"–",r=[1,2,3].map(n=>this._volts(n)).filter(Boolean);return this.card(e.t("line"),e.t("last_hour"),c`${this.figure("link_quality",s,"",e.t("line"))}
        <p>${e.t(s==="–"?"silent":"undamaged")}</p>
        ${r}
        ${r.length?c`<div class="scale" aria-hidden="true"><span>${gt}</span><span>230</span><span>${zt}&nbsp;V</span></div>`:p}
        ${t.mode==="historic"?c`<p>${e.t("historic")}</p>`:p}`)}_volts(t){let{meter:e,now:s,w:r}=this,n=this.read?s[`voltage_l${t}`]:null;if(!n)return null;let o=this._store.past?.volts[t],l=Math.min(n,o?.[0]??n),h=Math.max(n,o?.[1]??n),a=m=>100*(Math.min(Math.max(m,gt),zt)-gt)/(zt-gt),u=e.phases===1?"U":`L${t}`,d={phase:u,now:r.unit(n,"V"),low:r.number(l),high:r.unit(h,"V")};return c`<div class="volts" role="img" aria-label=${r.t("volts_row",d)} title=${r.t("volts_row",d)}>
      <span>${u}</span>
      <div class="bar">
        <i style="left:${a(l)}%;width:${a(h)-a(l)}%"></i>
        <u class=${n<gt||n>zt?"out":""} style="left:clamp(4px, ${a(n)}%, calc(100% - 4px))"></u>
      </div>
      <span>${r.unit(n,"V")}</span>
    </div>`}};g(Y,"shows",["meter","now","past"]),g(Y,"styles",[k,$`
      .volts {
        display: grid;
        grid-template-columns: 24px 1fr 46px;
        gap: 8px;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 9px;
        font-variant-numeric: tabular-nums;
      }
      .volts:first-of-type {
        margin-top: 14px;
      }
      .volts span:last-child {
        color: var(--lm-dim);
        text-align: right;
      }
      .bar i {
        background: var(--lm-pale);
      }
      .bar u {
        position: absolute;
        top: 0;
        width: 8px;
        height: 8px;
        margin-left: -4px;
        border-radius: 4px;
        background: var(--lm-accent);
      }
      .bar .out {
        background: var(--lm-bad);
      }
      .scale {
        display: flex;
        justify-content: space-between;
        margin: 4px 54px 0 32px;
        font-size: 11px;
        line-height: 15px;
        color: var(--lm-faint);
      }
    `])});function ar(i,t){let e=ir.find(r=>(t-i)/r<=4)||Rt,s=[];for(let r=Math.ceil(i/e)*e;r<=t;r+=e)r-i>(t-i)/30&&s.push(r);return s}function lr(i){let t=[[]];for(let e of i)e[1]===null?t.push([]):t[t.length-1].push(e);return t.filter(e=>e.length>1)}function hr(i,t){let e=t-dt*Rt,s=[],r=0,n;for(;r<i.length&&i[r][0]<=e;)n=i[r++][1];for(let o=e;o<t;o+=ds){let l=Math.min(o+ds,t),h=0,a=0,u=o;for(;;){let d=r<i.length&&i[r][0]<l?i[r][0]:l;if(n!=null&&(h+=n*(d-u),a+=d-u),u=d,d===l)break;n=i[r++][1]}a?s.push([l,h/a]):s.length&&s[s.length-1][1]!==null&&s.push([l,null])}return s.length&&n!=null&&s.push([t,n]),s}var Z,Nt,Rt,ir,ds,or,G,ms=x(()=>{L();O();B();Z=196,Nt=30,Rt=36e5,ir=[5,10,15,30,60].map(i=>i*6e4),ds=2e4,or=10,G=class extends M{draw(){let{w:t}=this,s=this.meter.entities.active_power||this.now?.active_power!=null?"kW":"kVA";return this.card(t.t("power"),s,c`<div class="chart">${this._chart(s)}</div>`)}_chart(t){let{w:e}=this;if(!this._width||!this._store.past)return p;let s=hr(this._store.trail,Date.now()),r=s.filter(([,y])=>y!==null);if(r.length<2)return c`<div class="empty">${e.t(this.meter.tells_power===!1?"no_power":"power_none")}</div>`;let n=r.map(([,y])=>y/1e3),o=Math.min(0,...n),l=Math.max(.5,...n),h=jt(o,l,4),a=this._width,u=s[s.length-1][0],d=Math.max(u-dt*Rt,Math.min(r[0][0],u-or*6e4)),m=y=>Nt+(y-d)/(u-d)*(a-Nt-6),f=y=>Z-24-(y-h[0])/(h[h.length-1]-h[0])*(Z-34),w=r[r.length-1],_=lr(s).map(y=>y.map(([C,z])=>`${m(C).toFixed(1)} ${f(z/1e3).toFixed(1)}`)),b=Dt(h),xt=e.t("power_label",{since:e.time(d),low:e.unit(Math.min(...n),t,2),high:e.unit(Math.max(...n),t,2),now:e.unit(w[1]/1e3,t,2)});return c`<svg role="img" aria-label=${xt} width=${a} height=${Z} viewBox="0 0 ${a} ${Z}">
      <defs>
        <linearGradient id="fade" x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stop-color="var(--lm-accent)" stop-opacity=".4"></stop>
          <stop offset="1" stop-color="var(--lm-accent)" stop-opacity=".04"></stop>
        </linearGradient>
      </defs>
      ${h.map(y=>S`<line class="grid" x1=${Nt} x2=${a} y1=${f(y)} y2=${f(y)}></line>
          <text x=${Nt-8} y=${f(y)+4} text-anchor="end">${e.number(y,b).replace("-","−")}</text>`)}
      ${_.map(y=>{let[C,z]=[y[0].split(" ")[0],y[y.length-1].split(" ")[0]];return S`<path fill="url(#fade)" d="M${y.join("L")}L${z} ${f(0)}L${C} ${f(0)}Z"></path>
          <path class="line" d="M${y.join("L")}"></path>`})}
      <circle cx=${m(w[0])} cy=${f(w[1]/1e3)} r="3.5" fill="var(--lm-accent)"></circle>
      ${ar(d,u).map(y=>S`<text x=${Math.min(m(y),a-18)} y=${Z-5} text-anchor="middle">${y%Rt?e.time(y):e.hourAt(y)}</text>`)}
    </svg>`}};g(G,"shows",["meter","past","now"]),g(G,"styles",[k,$`
      .chart {
        height: ${Z}px;
        margin-top: auto;
        margin-bottom: auto;
        position: relative;
        display: flex;
      }
      .line {
        fill: none;
        stroke: var(--lm-accent);
        stroke-width: 1.8;
        stroke-linejoin: round;
      }
    `])});function wt(i,t,e,{plain:s=!1}={}){let r=i.subscribed||i.breaking,o=E(t)<0?-(t.apparent_power_export||-E(t)):t.apparent_power;if(!r||o==null)return c`<div class="bar power"></div>${s?p:c`<div class="scale"></div>`}`;let l=o>r?Math.ceil(1.02*o/1e3)*1e3:0,h=Math.max(r,i.breaking||0,l),a=i.producer?-Math.max(h/2,Math.ceil(-o/3e3)*3e3):0,u=_=>100*(Math.min(Math.max(_,a),h)-a)/(h-a),d=u(0),m=u(o),f=_=>e.number(_/1e3,Number.isInteger(_/1e3)?0:1).replace("-","−"),w=a?[a,0,r/2,r]:[0,r/3,2*r/3,r];return c`<div class="bar power" role="meter" aria-valuenow=${o} aria-valuemin=${a}
      aria-valuemax=${h} aria-label=${e.t("now")}
      aria-valuetext=${e.t("scale",{power:e.unit(o,"VA"),limit:e.unit(r,"VA")})}>
      <i class=${o>.85*r?"near":""}
        style="left:${Math.min(d,m)}%;width:${Math.abs(m-d)}%"></i>
      ${a?c`<u class="zero" style="left:calc(${d}% - 1px)"></u>`:p}
      <u style="left:calc(${u(i.breaking||r)}% - ${i.breaking>r?1:2}px)"></u>
    </div>
    ${s?p:c`<div class="scale" aria-hidden="true">
            ${w.map((_,b)=>c`<span class=${u(_)>92?"end":""} style="left:${u(_)}%">${f(_)}${b===w.length-1?" kVA":""}</span>`)}
          </div>`}`}var Ut,$e=x(()=>{L();B();Ut=$`
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
`});function ur(i){let t=[1,2,3].filter(s=>i[`available_current_l${s}`]!=null),e=s=>i[`available_current_l${s}`];return t.length?t.reduce((s,r)=>e(r)<e(s)?r:s):null}function pr(i,t){let[e,s]=i.split("\0");return c`${e}<b>${t}</b>${s}`}var cr,yt,fs=x(()=>{$e();O();B();cr=600,yt=class extends v{draw(){let{meter:t,now:e,w:s}=this;if(!this.read)return this._unread();let r=e.time_to_trip??null;if(e.breaker_open)return this._alarm(s.t("open"),p,s.t("open_sub"));if(r!==null&&r<=cr){let o=r<120?s.unit(Math.max(0,Math.round(r)),"s"):s.wait(r);return this._alarm(s.t("trip_in"),o,s.t("trip_sub"))}if(e.overload)return this._alarm(s.t("over"),p,s.t("over_sub"));let n=t.phases===1&&e.voltage_l1?` · ${s.unit(e.voltage_l1,"V")}`:"";return this.card(s.t("now"),t.phases===1&&e.current_l1!=null&&E(e)!==null?s.unit(e.current_l1,"A",1)+n:"",c`${this._power()}
        ${this._said()}
        ${wt(t,e,s)} ${this._phases()}
        <p class="last">${this._last(r)}</p>`)}_last(t){let{now:e,w:s}=this;return t!==null?c`<b>${s.t("trip_later",{wait:s.wait(t)})}</b>`:e.overvoltage?c`<b>${s.t("overvoltage")}</b>`:s.t("no_trip")}get _exports(){return E(this.now)<0}_power(){let{meter:t,now:e,w:s}=this,r=E(e),n=e.active_power!=null,o=n?"active_power":"apparent_power";return r!==null?this.figure(o,s.kw(r),n?"kW":"kVA",s.t("now")):t.phases===1&&e.current_l1!=null?this.figure("current_l1",s.number(e.current_l1,1),"A",s.t("now")):t.tells_power?this.figure(o,"–","",s.t("now")):p}_said(){let{meter:t,now:e,w:s}=this;return t.tells_power&&E(e)===null?c`<p class="said">${s.t("no_power_now")}</p>`:c`${t.tells_power?p:c`<p>${s.t("no_power")}</p>`}
      <p class="said">${this._drawn()}${this._left()}</p>`}_drawn(){let{now:t,w:e}=this,s=this._exports?t.apparent_power_export:t.apparent_power;return s==null?"":e.t(this._exports?"injected":"drawn",{va:e.unit(s,"VA")})}_left(){let{meter:t,now:e,w:s}=this;if(e.available_power==null||this._exports)return"";let r=t.phases===3?ur(e):null,n=Math.max(0,e.available_power)/(r?3e3:1e3),o=s.t(r?"left_phase":"left",{power:"\0",phase:`L${r}`}),l=pr(o,s.unit(n,"kVA",1));return e.apparent_power==null?l:c` · ${l}`}_phases(){let{meter:t,now:e,w:s}=this;return t.phases!==3?p:[1,2,3].map(r=>{let n=e[`current_l${r}`];if(n==null&&!this._told?.has(r))return p;this._told=new Set(this._told).add(r);let o=e[`available_current_l${r}`],l=e[`current_limit_l${r}`]||(o!=null?n+o:60),h=n==null?"–":s.unit(n,"A",1),a=o==null?h:s.t("phase_left",{current:h,left:s.number(o,1)});return c`<div class="phase">
        <span>L${r}</span>
        <div class="bar"><i class=${o<.15*l?"near":""}
          style="width:${Math.min(100,100*(n??0)/l)}%"></i></div>
        <span>${a}</span>
      </div>`})}_briefly(){let t=E(this.now);return t===null?"":`${this.w.kw(t)} ${this.now.active_power!=null?"kW":"kVA"}`}_alarm(t,e,s){return this.card(this.w.t("now"),this._briefly(),c`<div role="alert">
          <p class="say">${t}</p>
          ${e===p?p:c`<div class="seconds">${e}</div>`}
          <p>${s}</p>
        </div>
        ${wt(this.meter,this.now,this.w)} ${this._phases()}`,{class:"alarm"})}_unread(){let{meter:t,hass:e,w:s}=this,r=t.state==="loaded"?t.cause:t.reason;r&&this._loadReasons();let n=r&&e.localize(`component.linky_meter.exceptions.${r}.message`);return this.card(s.t("now"),"",c`<div role="status">
          <p class="say"><b>${s.unread(t)||s.t("no_meter")}</b></p>
          ${n?c`<p>${n}</p>`:p}
          <p>${s.t("no_meter_sub")}</p>
        </div>
        ${this.link(s.t("connection"))}`)}async _loadReasons(){this._reasons||(this._reasons=!0,await this.hass.loadBackendTranslation?.("exceptions","linky_meter"),this._turn=(this._turn||0)+1)}};g(yt,"styles",[k,Ut,$`
      .figure strong {
        font-size: 44px;
        line-height: 48px;
        letter-spacing: -1px;
      }
      .figure em {
        margin-left: -4px;
      }
      .phase {
        display: grid;
        grid-template-columns: 24px 1fr auto;
        gap: 8px;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 9px;
        font-variant-numeric: tabular-nums;
      }
      .phase span:last-child {
        color: var(--lm-dim);
        min-width: 124px;
        text-align: right;
        white-space: nowrap;
      }
      .said {
        min-height: 18px;
      }
      .last {
        margin-top: auto;
        padding-top: 10px;
      }
      .alarm {
        background: #c0392b;
        background: color-mix(in srgb, var(--lm-bad) 87%, #000);
        --lm-ink: #fff;
        --lm-dim: #fff;
        --lm-faint: #fff;
        --lm-grid: rgba(255, 255, 255, 0.3);
        border-color: transparent;
      }
      .alarm i {
        background: #fff !important;
      }
      .alarm u {
        background: rgba(0, 0, 0, 0.5);
      }
      .alarm .seconds {
        font-size: 64px;
        line-height: 64px;
        font-weight: 500;
        font-variant-numeric: tabular-nums;
        display: flex;
        align-items: baseline;
        gap: 14px;
      }
      .alarm .seconds span {
        font-size: 18px;
        font-weight: 400;
      }
      .alarm .say {
        margin-bottom: 2px;
        font-weight: 500;
      }
    `])});var J,_s=x(()=>{O();J=class extends v{draw(){let{meter:t,w:e}=this;return t.chosen===!1?this.card(e.t("contract"),"",c`<p class="say"><b>${e.t("prices_ask")}</b></p>
          <p>${e.t("prices_why")}</p>
          ${this.link(e.t("prices_do"))}`):t.contracts?this.card(e.t("contract"),e.t("today_prices"),this.worded?this._year():p):t.offers?.length?this.card(e.t("contract"),"",c`<p class="say">${this._sentence()}</p>${this._rows(this._month())}`):this.card(e.t("contract"),"",t.chosen?c`<p class="say"><b>${e.t("offers_ask")}</b></p>
              <p>${e.t("offers_why")}</p>
              ${this.link(e.t("offers_do"))}`:c`<div class="empty">${e.t("waiting")}</div>`)}_year(){let{meter:t}=this,{says:e,rows:s}=t.contracts,r=s.find(({name:o})=>!o),n=s.filter(({name:o})=>o).slice(0,t.power?3:4);return c`<p class="say">${this.said(e)}</p>
      ${this._rows([r,...n])} ${t.power?c`<p>${this.said(t.power)}</p>`:p}`}_sentence(){let{meter:t,w:e}=this,[s]=t.offers,r=s.difference<-1?"better":s.difference>1?"good":"equal",n=s.over==="month"?"_month":"",o=e.t(r+n,{own:"\0o\0",offer:"\0n\0",eur:"\0e\0",over:e.t(`over_${s.over}`)}),l={o:e.contract(t),n:this._names()[0],e:e.euros(Math.abs(s.difference),0)};return o.split("\0").map((h,a)=>a%2?c`${h==="n"?l.n:c`<b>${l[h]}</b>`}`:h)}_names(){let{offers:t}=this.meter,e=t.map(({name:s})=>s.replace(/ \d+ kVA$/,""));return new Set(e).size===t.length?e:t.map(({name:s})=>s)}_month(){let{offers:t}=this.meter,e=this._names();return[{eur:t[0].eur-t[0].difference},...t.slice(0,4).map((r,n)=>({...r,name:e[n]}))]}_rows(t){let{meter:e,w:s}=this,r=t.map(a=>({low:a.eur,high:a.eur,...a,own:!a.name,name:a.name||s.t(e.own_hours?"yours_own":"yours",{own:s.contract(e)})})).sort((a,u)=>a.eur-u.eur),n=Math.min(...r.map(({low:a})=>a)),o=Math.max(...r.map(({high:a})=>a)),l=Math.max(0,n-1.2*(o-n||n)),h=a=>92*(a-l)/(o-l);return c`<div class="rows">
      ${r.map(a=>c`<div class="row ${a.own?"own":""}">
          <span title=${a.name}>${a.name}</span>
          <div class="bar">
            <i style="width:${h(a.low)}%"></i>
            <i class="open" style="left:${h(a.low)}%;width:${h(a.high)-h(a.low)}%"></i>
          </div>
          <span>${a.high-a.low>1?s.range(a.low,a.high):s.euros(a.eur,a.eur<100?2:0)}</span>
        </div>`)}
    </div>`}};g(J,"shows",["meter"]),g(J,"styles",[k,$`
      .rows {
        margin-top: 12px;
      }
      .rows,
      .row {
        display: grid;
        grid-template-columns: fit-content(60%) minmax(40px, 1fr) auto;
        column-gap: 8px;
      }
      .row {
        grid-column: 1 / -1;
        grid-template-columns: subgrid;
        align-items: center;
        font-size: 12px;
        line-height: 16px;
        margin-top: 8px;
        color: var(--lm-dim);
      }
      .row span:first-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .row span:last-child {
        text-align: right;
        min-width: 52px;
        font-variant-numeric: tabular-nums;
      }
      .row i {
        background: var(--lm-faint);
      }
      .row .open {
        opacity: 0.4;
        border-radius: 0;
      }
      .own {
        color: var(--lm-ink);
        font-weight: 500;
      }
      .own i {
        background: var(--lm-ok);
      }
    `])});function be(i,t){let e=i.states[t.entities.contract_tariff];return!e||dr.includes(e.state)?"":i.formatEntityState(e)}var gs,dr,K,ve=x(()=>{O();gs=24*36e5,dr=["unknown","unavailable"],K=class extends v{connectedCallback(){super.connectedCallback(),this._clock=setInterval(()=>this.requestUpdate(),3e4)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this._clock)}draw(){let{meter:t,w:e}=this,s=t.indexes?.[t.index],r=s?.price;return this.card(e.t("tariff"),r!=null?c`<b>${e.euros(r,4)}</b>/kWh`:"",c`<div class="tariff">${this._own()||e.tariff(s)||e.contract(t)||"–"}</div>
        <p>${this._next()}</p>
        ${this._strip()} ${this._tiles()} ${this._prices()} ${this._warning()}`)}_own(){return be(this.hass,this.meter)}get _windows(){return(this.meter.windows||[]).map(t=>({...t,start:Date.parse(t.start),end:Date.parse(t.end)})).filter(({end:t})=>t>Date.now())}_next(){let{meter:t,w:e}=this;if(this._own())return e.t("own_hours");let[,s]=this._windows;if(!s)return t.contract==="base"||t.indexes?.[t.index]?.tariff==="all_hours"?e.t("same"):e.t(t.mode==="historic"?"next_learned":"no_next");let r=t.indexes[s.index],[n,o]=e.t("next",{tariff:this._named(r,s),time:"\0",wait:e.wait((s.start-Date.now())/1e3)}).split("\0"),l=r?.price!=null?e.t("named",{name:o,value:e.euros(r.price,4)}):o;return c`${n}<b>${e.time(s.start)}</b>${l}`}_named(t,{off_peak:e}){let{meter:s,w:r}=this,n=o=>/^(blue|white|red)_/.exec(o?.tariff||"")?.[1];return t&&n(t)!==n(s.indexes[s.index])||t&&!n(t)?r.tariff(t):r.t(e?"off_peak":"peak")}_strip(){let{meter:t,w:e}=this;if(this._own())return p;let s=Date.now(),r=this._windows.filter(({start:a})=>a<s+gs);if(r.length<2)return p;let n=Math.min(r[r.length-1].end,s+gs),o=Object.keys(t.indexes),l=Array.from({length:5},(a,u)=>s+u*(n-s)/4),h=r.map(a=>`${e.tariff(t.indexes[a.index])||"?"} ${e.time(Math.max(a.start,s))}`);return c`<div class="strip" role="img" aria-label=${h.join(", ")}>
        ${r.map(a=>{let u=t.indexes[a.index],d=u?`background:${W(u,o.indexOf(String(a.index)))}`:"",m=Math.min(a.end,n)-Math.max(a.start,s);return c`<i class=${u?"":"unknown"} style="flex:${m/6e4};${d}"
            title=${e.tariff(u)}></i>`})}
      </div>
      <div class="scale" aria-hidden="true">
        ${l.map(a=>c`<span>${e.hourAt(a)}</span>`)}
      </div>`}_tiles(){let{tempo:t}=this.meter;if(!t)return p;let{w:e}=this,{left:s}=t,r=["white","red"].filter(n=>s[n]!=null).map(n=>e.t(`n_${n}`,{n:s[n]}));return c`<div class="tiles">
      ${this._tile(e.t("today"),t.today,t.today&&this._left(s[t.today]))}
      ${this._tile(e.t("tomorrow"),t.tomorrow,r.length?e.t("left_colours",{list:r.join(" · ")}):"")}
    </div>`}_tile(t,e,s){return c`<div class="tile ${e||"none"}">
      ${t}<b>${this.w.t(e||"unknown_colour")}</b>${s||p}
    </div>`}_left(t){return t==null?"":t<2?this.w.t(t?"one_left":"last_left"):this.w.t("days_left",{n:t})}_prices(){let{meter:t,w:e}=this,s=Object.entries(t.indexes||{}).filter(([,{price:n}])=>n!=null);if(t.tempo||s.length<2)return p;let r=Object.keys(t.indexes);return c`<ul>
      ${s.map(([n,o])=>c`<li>
          <i style="background:${W(o,r.indexOf(n))}"></i>
          <span>${e.tariff(o)}</span><span>${e.euros(o.price,4)}</span>
        </li>`)}
    </ul>`}_warning(){let{meter:t,w:e}=this;if(t.tempo?.tomorrow!=="red"||t.tempo.today==="red")return p;let s=Object.values(t.indexes).find(({tariff:r})=>r==="red_peak");return s?.price==null?p:c`<p class="warn">${e.t("red_tomorrow",{price:`${e.euros(s.price,4)}/kWh`})}</p>`}};g(K,"shows",["meter"]),g(K,"styles",[k,$`
      .tariff {
        font-size: 22px;
        line-height: 30px;
      }
      .strip {
        display: flex;
        height: 16px;
        border-radius: 8px;
        overflow: hidden;
        margin-top: 12px;
      }
      .strip i {
        display: block;
        min-width: 1px;
      }
      .strip .unknown {
        background: repeating-linear-gradient(
          45deg,
          var(--lm-grid) 0 5px,
          var(--lm-white2) 5px 10px
        );
      }
      .scale {
        display: flex;
        justify-content: space-between;
        font-size: 11px;
        line-height: 15px;
        color: var(--lm-faint);
        margin-top: 4px;
      }
      .tiles {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        margin-top: 12px;
      }
      .tile {
        border-radius: 10px;
        padding: 9px 12px;
        font-size: 11px;
        line-height: 15px;
        border: 1px solid transparent;
        min-height: 56px;
      }
      .tile b {
        display: block;
        color: inherit;
        font-size: 16px;
        line-height: 22px;
      }
      .blue {
        background: #1976d2;
        color: #fff;
      }
      .white {
        background: #eceff1;
        border-color: #b0bec5;
        color: #263238;
      }
      .red {
        background: #c62828;
        color: #fff;
      }
      .none {
        border-color: var(--divider-color, #e0e0e0);
        color: var(--lm-dim);
      }
      ul {
        list-style: none;
        margin: 14px 0 0;
        padding: 0;
      }
      li {
        display: grid;
        grid-template-columns: 10px 1fr auto;
        gap: 8px;
        align-items: center;
        font-size: 13px;
        line-height: 20px;
        margin-top: 6px;
        color: var(--lm-dim);
        font-variant-numeric: tabular-nums;
      }
      li i {
        height: 10px;
        border-radius: 3px;
      }
      .warn {
        color: var(--lm-ink);
        font-weight: 500;
      }
    `])});function X(i){let t=i.filter(e=>e!=null);return t.length?t.reduce((e,s)=>e+s,0):null}var Q,ws=x(()=>{$e();O();B();ve();Q=class extends v{render(){return!this.hass||!this._stores?p:this._stores.length?c`<h1>${this.w.t("overview")}</h1>
      ${this._sums()}
      <ul>
        ${this._stores.map((t,e)=>c`<li>${this._tile(t,this.config.paths[e])}</li>`)}
      </ul>`:c`<ha-card><div class="empty">${this.w.t("none")}</div></ha-card>`}_sums(){let{w:t}=this,e=this._stores.map(({meter:u})=>u).filter(Boolean),s=X(e.map(({today:u})=>u?.kwh)),r=X(e.map(({today:u})=>u?.eur)),n=e.filter(({today:u})=>u?.eur==null),o=this._stores.some(({meter:u})=>u?.producer)?X(this._stores.map(u=>u.exported)):null,{power:l,unit:h,sub:a}=this._power();return this.card(t.t("all_meters"),"",c`<div class="sums">
        ${this._sum(t.t("now"),l===null?"–":`${t.kw(l)} ${h}`,a)}
        ${this._sum(t.t("today"),s===null?"–":t.kwh(s),o===null?"":t.t("exported",{kwh:t.kwh(o)}))}
        ${this._sum(t.t("cost_today"),r===null?"–":t.euros(r),r===null?t.t("no_prices"):this._without(n))}
      </div>`,{class:"all"})}_sum(t,e,s){return c`<div><p>${t}</p><strong>${e}</strong><p>${s||p}</p></div>`}_power(){let{w:t}=this,e=this._stores.filter(a=>mt(a)&&E(a.now)!==null),s=e.every(({now:a})=>a.active_power!=null),r=e.map(({now:a})=>E(s?a:{...a,active_power:null})),n=s?"kW":"kVA",o=X(r.filter(a=>a>=0)),l=X(r.filter(a=>a<0)),h=this._without(this._stores.filter(a=>a.meter&&!e.includes(a)).map(({meter:a})=>a));return!h&&o&&l&&(h=t.t("drawn_exported",{drawn:`${t.kw(o)} ${n}`,exported:`${t.kw(-l)} ${n}`})),{power:X(r),unit:n,sub:h}}_without(t){return t.length?this.w.t("without",{names:t.map(({name:e})=>e).join(", ")}):""}_tile(t,e){let{w:s}=this,{meter:r}=t;if(t.gone||!r)return c`<ha-card><div class="empty">${t.gone?s.t("gone"):""}</div></ha-card>`;let n=mt(t),o=[[s.t("today"),this._today(r)],...r.producer?[[s.t("exported_today"),t.exported===null?"–":s.kwh(t.exported)]]:[],[s.t("tariff"),...this._tariff(r)]],[l,h]=n?this._figure(t.now):["–",""],a=n?this._warning(t):s.unread(r),u=[`${l} ${h}`.trim(),a,...o.map(([m,f])=>s.t("named",{name:m,value:f}))],d=`/${location.pathname.split("/")[1]}/${e}`;return c`<a href=${d} aria-label=${s.t("named",{name:r.name,value:u.filter(Boolean).join(", ")})}>
      <ha-card aria-hidden="true">
        <h2><span>${r.name}</span><span class="state ${n?"":"lost"}"><i></i>${s.t(n?"live":"not_read")}</span></h2>
        <div class="figure">${n||!a?c`<strong>${l}</strong><em>${h}</em>`:p}${a?c`<span class=${n?"warn":""}>${a}</span>`:p}</div>
        ${n?wt(r,t.now,s,{plain:!0}):c`<div class="bar power"></div>`}
        ${o.map(([m,f,w])=>c`<p class="row"><span>${m}</span><span>${w?c`<i style="background:${w}"></i>`:p}${f}</span></p>`)}
      </ha-card>
    </a>`}_figure(t){let{w:e}=this,s=E(t);return s!==null?[e.kw(s),t.active_power!=null?"kW":"kVA"]:t.current_l1!=null&&t.current_l2==null?[e.number(t.current_l1,1),"A"]:["–",""]}_today({today:t}){let{w:e}=this;return t?.kwh==null?e.t("not_counted"):t.eur==null?e.kwh(t.kwh):`${e.kwh(t.kwh)} · ${e.euros(t.eur)}`}_tariff(t){let{w:e}=this,s=t.indexes?.[t.index],r=be(this.hass,t)||e.tariff(s,{short:!0})||e.contract(t)||"–";return[s?.price==null?r:`${r} · ${e.euros(s.price,4)}/kWh`,s&&W(s,Object.keys(t.indexes).indexOf(String(t.index)))]}_warning({now:t}){let{w:e}=this;return t.breaker_open?e.t("open"):t.time_to_trip!=null&&t.time_to_trip<120?`${e.t("trip_in")} ${e.unit(Math.max(0,Math.round(t.time_to_trip)),"s")}`:t.overload?e.t("over"):""}};g(Q,"shows",["meter","now","exported"]),g(Q,"styles",[k,Ut,$`
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
    `])});async function _r(i){for(let t=30;;t--)try{return await i.connection.sendMessagePromise({type:"linky_meter/meters"})}catch(e){if(!t||e?.code!=="unknown_command")throw e;await new Promise(s=>setTimeout(s,1e3))}}function ys(i){return i?`linky-${i+1}`:"linky"}function gr(i,t){let e=i.map(({meter:s})=>s.entry);return{type:"custom:linky-meter-view",title:t.t("overview"),path:"overview",cards:[{type:"custom:linky-meter-overview",entries:e,paths:e.map((s,r)=>ys(r))}]}}function wr(i){let t=Date.now()-Date.parse(i.since)<mr;return fr.filter(e=>!t||e!=="week").map(e=>({type:`custom:linky-meter-${e}`,entry:i.entry,...t&&e==="totals"?{young:t}:{}}))}var mr,fr,Ht,xs=x(()=>{B();bt();mr=72*36e5,fr=["header","now","live","tariff","totals","energy","offers","week","line"],Ht=class extends HTMLElement{static async generate(t,e){let s=e.loadBackendTranslation?.("common","linky_meter").catch(()=>{}),r=await _r(e);return ls(r),r.some(({meter:n})=>n.contracts)&&await s,r.some(({meter:n})=>!n.link)&&await e.loadBackendTranslation?.("exceptions","linky_meter"),t.entries?.length&&(r=r.filter(({meter:n})=>t.entries.includes(n.entry))),r.length?{title:r.length===1?r[0].meter.name:"Linky",views:[...r.length>1?[gr(r,it(e))]:[],...r.map(({meter:n},o)=>({type:"custom:linky-meter-view",title:n.name,path:ys(o),cards:wr(n)}))]}:{views:[{title:"Linky",cards:[{type:"markdown",content:it(e).t("none")}]}]}}}});var $s,tt,bs=x(()=>{O();$s={year:"numeric",month:"numeric",day:"numeric"},tt=class extends v{draw(){let{young:t}=this.config;return c`<div class="totals ${t?"young":""}">
      ${this._today()} ${this._month()} ${t?p:c`${this._year()} ${this._base()}`}
    </div>
    ${this._sums()}`}_sums(){let{meter:t,w:e}=this,{bill:s,calendar_year:r,month:n,battery:o}=t.sums||{};if(!r)return p;let l=d=>d.net==null?"":e.t("net",{eur:e.euros(d.net)}),h=d=>e.billed(Date.parse(d.since),{day:"numeric",month:"long"}),a=(d,m,f)=>this._tile(d,m,e.kwh(f.kwh),f.eur,l(f)),u=[s&&a(e.t("bill",{date:h(s)}),"cost_bill",s),a(e.billed(Date.now(),{year:"numeric"}),"cost_calendar_year",r),n.net!=null&&this._tile(e.t("exported_in",{month:e.billed(Date.now(),{month:"long"})}),"export_revenue_month",e.kwh(n.exported),n.revenue,l(n)),o!=null&&this._tile(e.t("battery"),"virtual_battery",e.kwh(o))].filter(Boolean);return c`<div class="totals sums ${["","one","two","three"][u.length]||""}">${u}</div>`}_tile(t,e,s,r,n){let{w:o}=this;return this.card(t,"",c`${this.figure(e,s??"–",typeof r=="number"?o.euros(r,r<1e3?2:0):r||"",t)}
        <p>${n??p}</p>`)}_today(){let{w:t}=this,{today:e}=this.meter,s=e?.kwh;return this._tile(t.t("today"),"energy_import",s==null?null:t.kwh(s),e?.eur,s==null?t.t("not_counted"):this._exported()||this._usual())}_exported(){let t=this._store.past?.exported||0;return t<.1?"":this.w.t("exported",{kwh:this.w.kwh(t)})}_usual(){let{w:t}=this,e=this._store.past?.hours||[];if(!e.length)return"";let s=e[e.length-1];if(t.counted(s.at,$s)!==t.counted(Date.now(),$s))return"";let r=e.filter(({weekday:d,hour:m})=>d===s.weekday&&m<=s.hour),n=new Map;for(let{at:d,kwh:m,hour:f}of r){let w=Math.round((d/36e5-f)/24);n.set(w,(n.get(w)||0)+m)}let o=[...n.values()],l=o.pop();if(o.length<2||!l||s.hour<6)return"";let h=o.reduce((d,m)=>d+m)/o.length,a=100*(l-h)/h,u=t.counted(s.at,{weekday:"long"});return Math.abs(a)<3?t.t("as_usual",{day:u}):t.t(a>0?"more_than":"less_than",{percent:t.percent(Math.abs(a)),day:u})}_month(){let{w:t}=this,{month:e}=this.meter,s=t.billed(Date.now(),{month:"long"}),r=e?.complete!==!1,n="";return r&&e?.low!=null&&e.high-e.low>.5?n=t.t("whole_month",{low:t.euros(e.low,0),high:t.euros(e.high,0)}):e?.since&&(n=t.t(r?"since":"since_energy",{date:t.billed(Date.parse(e.since),{day:"numeric",month:"long"})})),this._tile(s[0].toUpperCase()+s.slice(1),this.meter.entities.cost_month?"cost_month":"energy_import",e?t.kwh(e.kwh):null,r?e?.eur:e.energy,n)}_year(){let{w:t}=this,{year:e}=this.meter;if(e)return this._tile(t.t("twelve"),"energy_import",t.kwh(e.kwh),e.high-e.low>.5?t.range(e.low,e.high):e.eur,t.t("subscription",{eur:t.euros(e.subscription,0)}));let{past:s}=this._store;if(s?.year!=null)return this._tile(t.t("twelve"),"energy_import",t.kwh(s.year),null,"");let r=s?.months||[];if(r.length<2)return this._tile(t.t("twelve"),"",null,null,s?t.t("after_day"):"");let n=r.reduce((l,h)=>l+h.sum,0),o=t.counted(r[0].at,{month:"long",year:"numeric"});return this._tile(t.t("last_months",{date:o}),"energy_import",t.kwh(n),null,"")}_base(){let{meter:t,w:e}=this,s=e.t("base_load"),r=this._store.past?.hours;if(!r)return this._tile(s,"",null,null,"");let n=new Map;for(let{at:f,hour:w,kwh:_}of r.slice(-360)){if(w>5)continue;let b=Math.floor((f/36e5-w)/24);n.set(b,Math.min(n.get(b)??1/0,_))}let o=[...n.values()].filter(f=>f>0).sort((f,w)=>f-w);if(o.length<3)return this._tile(s,"",null,null,e.t("after_night"));let l=o[Math.floor(o.length/2)],{year:h,month:a,mean_price:u}=t,d=(f,w)=>w>5&&f?f/w:null,m=h?d(h.eur-h.subscription,h.kwh):u??d(a?.energy,a?.priced_kwh);return this._tile(s,"active_power",e.unit(l*1e3,"W"),m?e.t("per_year",{eur:e.euros(l*8766*m,0)}):null,e.t("night"))}};g(tt,"shows",["meter","past"]),g(tt,"styles",[k,$`
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
    `])});var yr,et,vs=x(()=>{L();yr=["overview","header","now","live","tariff","totals","energy","offers","week","line"],et=class extends T{setConfig(t){this._config=t}render(){let t=this._config?.cards?.map(({type:e})=>(e||"").replace("custom:linky-meter-",""));return c`<main class=${t?.includes("week")?"":"young"}>
      ${(this.cards||[]).map((e,s)=>{let r=t?.[s];return c`<div class="place ${yr.includes(r)?r:""}">${e}</div>`})}
    </main>`}};g(et,"properties",{hass:{attribute:!1},cards:{attribute:!1}}),g(et,"styles",$`
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
  `)});function xr(i,t){let e=new Map;for(let{weekday:s,hour:r,kwh:n}of i.slice(-672)){let o=s*24+Math.floor(r/t)*t,[l,h]=e.get(o)||[0,0];e.set(o,[l+n,h+1])}return new Map([...e].map(([s,[r,n]])=>[s,r/n]))}var Wt,ke,Lt,Bt,ks,st,As=x(()=>{L();O();Wt=22,ke=4,Lt=ke+7*Wt+20,Bt=38,ks=480,st=class extends M{draw(){let{w:t}=this,e=this._over||t.t("week_sub");return this.card(t.t("week"),e,c`<div class="chart">${this._chart()}</div>`)}_chart(){let{w:t}=this,{past:e}=this._store,s=this._width;if(!e||!s)return p;let r=s<ks?2:1,n=xr(e.hours,r);if(e.hours.length<72)return c`<div class="empty">${t.t("week_none")}</div>`;let o=[...n.values()],l=Math.max(...o),h=Math.min(...o),a=24/r,u=(s-Bt)/a,d=Array.from({length:7},(_,b)=>new Intl.DateTimeFormat(t.language,{weekday:"short",timeZone:"UTC"}).format(Date.UTC(2026,0,5+b))),m=_=>new Intl.DateTimeFormat(t.language,{weekday:"long",timeZone:"UTC"}).format(Date.UTC(2026,0,5+_)),[f]=[...n.entries()].reduce((_,b)=>b[1]>_[1]?b:_),w=t.t("week_label",{low:t.unit(h,"kW",2),high:t.unit(l,"kW",2),when:`${m(Math.floor(f/24))} ${t.hour(f%24)}`});return c`<svg role="img" aria-label=${w} width=${s} height=${Lt} viewBox="0 0 ${s} ${Lt}"
      @pointerleave=${()=>this._over=null}>
      ${d.map((_,b)=>S`<text x=${Bt-8} y=${ke+b*Wt+14} text-anchor="end">${_}</text>
          ${Array.from({length:a},(xt,y)=>{let C=n.get(b*24+y*r);if(C===void 0)return p;let z=.1+.9*((C-h)/(l-h||1));return S`<rect class="cell" x=${Bt+y*u} y=${ke+b*Wt} width=${u-2.5}
              height=${Wt-3} rx="3" opacity=${z.toFixed(2)}
              @pointerenter=${()=>{this._over=t.t("named",{name:`${_} ${t.hour(y*r)}`,value:t.unit(C,"kW",2)})}}></rect>`})}`)}
      ${Array.from({length:8},(_,b)=>b*3).filter(_=>s>=ks||_%6===0).map(_=>S`<text x=${Bt+(_/r+.5)*u} y=${Lt-4} text-anchor="middle">${t.hour(_)}</text>`)}
    </svg>`}};g(st,"properties",{...M.properties,_over:{state:!0}}),g(st,"styles",[k,$`
      .chart {
        height: ${Lt}px;
        display: flex;
      }
      rect.cell {
        fill: var(--lm-accent);
      }
    `])});var Ss={};js(Ss,{ELEMENTS:()=>$r});var $r,Es=x(()=>{cs();us();ps();ms();fs();_s();ws();xs();ve();bs();vs();As();$r={"linky-meter-overview":Q,"linky-meter-header":_t,"linky-meter-now":yt,"linky-meter-live":G,"linky-meter-tariff":K,"linky-meter-totals":tt,"linky-meter-energy":F,"linky-meter-offers":J,"linky-meter-week":st,"linky-meter-line":Y,"linky-meter-view":et,"ll-strategy-dashboard-linky-meter":Ht}});bt();var br=20,vr=500,Ms=je();window.customStrategies=window.customStrategies||[];window.customStrategies.some(({type:i})=>i==="linky-meter")||window.customStrategies.push({type:"linky-meter",strategyType:"dashboard",name:Ms.t("name"),description:Ms.t("description"),documentationURL:"https://github.com/linky-meter/linky-meter"});async function kr(){for(let t=vr;t&&!customElements.get("home-assistant");t--)await new Promise(e=>setTimeout(e,br));let{ELEMENTS:i}=await Promise.resolve().then(()=>(Es(),Ss));for(let[t,e]of Object.entries(i))customElements.get(t)||customElements.define(t,e)}kr();
