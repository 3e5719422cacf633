"""Days, months, tariff calendars, Tempo colours and off-peak hours."""
