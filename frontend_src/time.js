// Days and hours of Home Assistant's time zone, wherever the browser is.

const formats = new Map();

function parts(at, zone) {
  if (!formats.has(zone))
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
      }),
    );
  return Object.fromEntries(formats.get(zone).formatToParts(at).map(({ type, value }) => [type, value]));
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Return the weekday (Monday is 0) and the hour of a moment. */
export function hourOf(at, zone) {
  const { weekday, hour } = parts(at, zone);
  return { weekday: WEEKDAYS.indexOf(weekday), hour: Number(hour) };
}

/** Return when the day of a moment began, near enough to ask for its hours. */
export function dayStart(at, zone) {
  const { hour, minute, second } = parts(at, zone);
  return at - ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 - (at % 1000);
}
