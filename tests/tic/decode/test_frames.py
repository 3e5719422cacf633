"""Frames that owners of meters published."""

from datetime import datetime

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.tic.helpers import SHARED, shown

FRAMES = SHARED / "frames"

pytestmark = pytest.mark.skipif(
    not FRAMES.exists(), reason="The samples are not on this machine"
)

SAMPLES = {
    # name: frames, groups that are right, groups that are not
    "enedis-tic2websocket-standard-hc-1ph-badpcoup": (1, 37, 1),
    "enedis-tic2websocket-standard-hc-1ph": (1, 38, 0),
    "esphome2060-standard-base-3ph": (1, 51, 0),
    "libteleinfo-go-historic-hc-3ph-adir": (5, 47, 0),
    "linkypy-historic-hc-1ph": (1, 11, 0),
    # Not 4 and 3: damaged CR and LF cost no group here, a cut boundary neither
    "linkytic-issues-standard-damaged-groups": (0, 8, 2),
    # Two, not one: what EOT cut is a frame of its own
    "linkytic26-historic-hc-eot-fragment": (2, 2, 0),
    "nextdom24-historic-base-3ph": (1, 15, 0),
    # ADPS037 is no label that we know: its right checksum makes it neither
    "openhab-historic-adps-invalid-1ph": (2, 12, 0),
    # The last frame has no end: the next STX is damage
    "openhab-historic-ejp-3ph": (2, 17, 1),
    "openhab-readme-standard-tempo-1ph": (1, 36, 0),
    # No damage, not one: the group at the very beginning was cut by the capture
    "openhab-standard-tempo-producer-3ph": (3, 167, 0),
    "pyteleinfo-historic-tempo-1ph-10frames": (10, 160, 0),
    "store49783896355-historic-tempo-3ph": (1, 22, 0),
    "store6471598596-standard-hcwe-1ph": (1, 38, 0),
    "teleinfo2mqtt-rs-historic-base-1ph": (1, 10, 0),
    "tomleglaunec-standard-base-1ph": (1, 38, 0),
}


def sample(name: str) -> bytes:
    """Return a sample's bytes."""
    return (FRAMES / f"{name}.txt").read_bytes()


def frames(name: str) -> list[Frame]:
    """Return its frames."""
    return Decoder().feed(sample(name))


def last_reading(name: str, *, address: str | None = None) -> MeterReading:
    """Return what a meter that sent a sample twice would show."""
    meter = Meter(address)
    reading = None
    for at, frame in enumerate(frames(name) * 3):
        reading = meter.process(frame, at=float(at))
    assert reading is not None
    return reading


def test_every_sample_is_tested() -> None:
    """A new one must be added here."""
    assert {path.stem for path in FRAMES.glob("*.txt")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_groups_of_samples(name: str) -> None:
    """As many right and damaged ones as their page says, or why not."""
    decoder = Decoder()
    found = decoder.feed(sample(name))
    right = sum(len(frame.groups) for frame in found) + len(decoder.pending)
    damaged = sum(decoder.counts[why] for why in ("checksum", "shape", "boundary"))
    assert (len(found), right, damaged) == SAMPLES[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_byte_by_byte(name: str) -> None:
    """The same, however they come."""
    decoder = Decoder()
    data = sample(name)
    split = [
        frame
        for position in range(len(data))
        for frame in decoder.feed(data[position : position + 1])
    ]
    assert split == frames(name)


def test_damaged_control_characters() -> None:
    """Fragments of issues: two groups are lost, and their neighbours are not."""
    decoder = Decoder()
    decoder.feed(sample("linkytic-issues-standard-damaged-groups"))
    assert [group.label for group in decoder.pending] == [
        *("PRM", "RELAIS", "EASF03", "EASF04", "IRMS3", "URMS1"),
        *("NJOURF+1", "PJOURF+1"),
    ]


def test_eot_in_the_field() -> None:
    """HCHP is good, and does not belong to the next frame."""
    cut, following = frames("linkytic26-historic-hc-eot-fragment")
    assert cut.ended_by is EndedBy.EOT
    assert [group.label for group in cut.groups] == ["HCHP"]
    assert [group.label for group in following.groups] == ["ADCO"]


def test_a_right_checksum_under_a_damaged_label() -> None:
    """ADPS037 with the value repeated: known as unknown, and no overload."""
    first, second = frames("openhab-historic-adps-invalid-1ph")
    unknown = [group.label for group in first.unknown + second.unknown]
    assert unknown == ["ADPS037"]
    assert last_reading("openhab-historic-adps-invalid-1ph")["overload"] is False


def test_off_peak_three_phase_with_short_frames() -> None:
    """Three short frames between long ones."""
    found = frames("libteleinfo-go-historic-hc-3ph-adir")
    assert [frame.short for frame in found] == [False, True, True, True, False]
    assert found[1].by_label["ADIR1"].value == "001"
    reading = last_reading("libteleinfo-go-historic-hc-3ph-adir")
    assert shown(reading, "phases", "overload", "tariff_period") == [3, True, "peak"]
    assert shown(reading, "energy_index_1", "energy_index_2") == [15558379, 11651343]


def test_off_peak_single_phase() -> None:
    """Historic."""
    reading = last_reading("linkypy-historic-hc-1ph")
    keys = ("contract", "tariff_period", "off_peak", "current_l1", "apparent_power")
    assert shown(reading, *keys) == ["off_peak", "peak", False, 2, 510]
    assert reading["energy_import"] == 835358 + 1262798


def test_ejp_three_phase() -> None:
    """The only capture there is."""
    reading = last_reading("openhab-historic-ejp-3ph")
    keys = ("contract", "tariff_period", "mobile_peak", "mobile_peak_notice")
    assert shown(reading, *keys) == ["ejp", "normal", "none", "none"]
    assert shown(reading, "energy_index_1", "energy_index_2") == [1111111, 2222222]
    assert "off_peak_code" not in reading.values


def test_tempo_single_phase() -> None:
    """Ten real frames in a row, blue today and red tomorrow."""
    found = frames("pyteleinfo-historic-tempo-1ph-10frames")
    assert all(frame.complete and not frame.damaged for frame in found)
    reading = last_reading("pyteleinfo-historic-tempo-1ph-10frames")
    keys = ("contract", "tariff_period", "tempo_today", "tempo_tomorrow", "off_peak")
    assert shown(reading, *keys) == ["tempo", "blue_off_peak", "blue", "red", True]
    assert [reading[f"energy_index_{n}"] for n in range(1, 7)] == [
        *(18328876, 23739545, 1466099, 2132883, 860118, 844115)
    ]


def test_tempo_three_phase() -> None:
    """Red today and tomorrow, on an older meter."""
    reading = last_reading("store49783896355-historic-tempo-3ph")
    keys = ("tariff_period", "tempo_today", "tempo_tomorrow", "off_peak_code")
    assert shown(reading, *keys) == ["red_off_peak", "red", "red", "Y"]
    assert reading["phases"] == 3


def test_power_is_not_rounded_everywhere() -> None:
    """1095 VA on this meter."""
    assert last_reading("nextdom24-historic-base-3ph")["apparent_power"] == 1095


def test_standard_off_peak() -> None:
    """The fixture of the distributor, with and without PCOUP."""
    reading = last_reading("enedis-tic2websocket-standard-hc-1ph")
    assert shown(reading, "subscribed_power", "breaking_power") == [3000, 2000]
    assert shown(reading, "tariff_period", "tariff_label") == [
        "peak",
        "INDEX INACTIF 2",
    ]
    assert reading["terminal_cover"] is True
    assert reading["meter_clock"] == datetime.fromisoformat("2017-09-15T10:16:01+02:00")
    bad = last_reading("enedis-tic2websocket-standard-hc-1ph-badpcoup")
    assert bad["subscribed_power"] == 3000
    assert "breaking_power" not in bad.values


def test_standard_tempo() -> None:
    """Blue, tomorrow not announced; the day profile is in decimal."""
    reading = last_reading("openhab-readme-standard-tempo-1ph")
    keys = ("tariff_period", "tempo_today", "tempo_tomorrow", "day_profile")
    assert shown(reading, *keys) == [
        "blue_peak",
        "blue",
        None,
        "00:00 1, 06:00 2, 22:00 1",
    ]
    assert reading["energy_import"] == 120684765


def test_standard_producer_with_phases_in_opposite_directions() -> None:
    """STGE 013A0501; phase 2 draws what 1 and 3 export."""
    found = frames("openhab-standard-tempo-producer-3ph")
    assert {frame.by_label["STGE"].value for frame in found} == {"013A0501"}
    reading = last_reading("openhab-standard-tempo-producer-3ph")
    assert shown(reading, "producer", "exporting", "plc_status", "euridis") == [
        *(True, False, "new_lock", "secured")
    ]
    assert reading["dry_contact"] is False
    assert shown(reading, "apparent_power", "apparent_power_export") == [18, 0]
    # The phases that export show what flows, and draw nothing
    assert shown(reading, "current_l1", "current_l3") == [1, 1]
    assert reading["available_current_l1"] == pytest.approx(6000 / 234, abs=0.01)
    assert reading["available_current"] == pytest.approx((6000 - 565) / 240, abs=0.01)
    assert reading["energy_export"] == 671631
    assert [reading[f"reactive_energy_q{n}"] for n in range(1, 5)] == [
        *(2970842, 204084, 84948, 774332)
    ]


def test_standard_with_nonsense_on_each_phase() -> None:
    """48 kVA at 2 A: right checksums are no proof, and no current follows."""
    reading = last_reading("esphome2060-standard-base-3ph")
    assert reading["apparent_power"] == 1407
    keys = ("current_l1", "available_current_l1", "available_current")
    assert shown(reading, *keys) == [None, None, None]


def test_standard_week_end_contract() -> None:
    """Three indexes that the calendar's name alone does not explain."""
    meter = Meter()
    for at, frame in enumerate(frames("store6471598596-standard-hcwe-1ph") * 3):
        reading = meter.process(frame, at=float(at))
    assert reading is not None
    keys = ("contract", "calendar_name", "tariff_period", "tariff_label", "off_peak")
    assert shown(reading, *keys) == [
        *("other", "HC et Week-End", "index_1", "HEURE CREUSE", True)
    ]
    assert meter.memory.labels == {"HC et Week-End": {1: "HEURE CREUSE"}}
    assert reading["day_profile"] == ("00:00 2, 02:56 1, 07:56 2, 11:56 1, 14:56 2")


def test_standard_base_in_lower_case() -> None:
    """A calendar's name in any case."""
    reading = last_reading("tomleglaunec-standard-base-1ph")
    assert shown(reading, "contract", "tariff_period") == ["base", "all_hours"]
    assert reading["current_l1"] == pytest.approx(260 / 241, abs=0.005)


def test_historic_base() -> None:
    """BASE names no supplier index: it may be the total."""
    reading = last_reading("teleinfo2mqtt-rs-historic-base-1ph")
    assert shown(reading, "contract", "tariff_period") == ["base", "all_hours"]
    assert reading["energy_import"] == 2809718
    assert "energy_index_1" not in reading.values
