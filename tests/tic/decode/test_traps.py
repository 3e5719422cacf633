"""The traps that meters, lines and documents set, one test for each.

The numbers are those of the project's digest of the specification (section 9).
"""

from datetime import UTC, datetime

import pytest

from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Group
from custom_components.linky_meter.linky_tic.tic.identity import parse_address
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import (
    Encoding,
    parse_day_profile,
)
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from custom_components.linky_meter.linky_tic.tic.values import parse_status
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Timeline,
    decode,
    eight_bits,
    encode,
    frame_of,
    line,
    read,
    shown,
)

FILLER = " ".join(["NONUTILE"] * 8)


def day(*starts: str) -> str:
    """Return a Tempo day profile with slots at these times."""
    return " ".join(
        [f"{start}400{1 + n % 2}" for n, start in enumerate(starts)]
        + ["NONUTILE"] * (11 - len(starts))
    )


@pytest.mark.parametrize(
    ("raw", "label", "value"),
    [
        (b"\nPTEC HP..  \r", "PTEC", "HP.."),
        (b"\nIINST 009  \r", "IINST", "009"),
        (b"\nIINST 045  \r", "IINST", "045"),
        (b"\nEASD01\t000000000\t \r", "EASD01", "000000000"),
    ],
)
def test_t1_checksum_is_a_space(raw: bytes, label: str, value: str) -> None:
    """A group whose checksum is a space is whole."""
    frame = frame_of(b"\x02" + raw + b"\x03")
    assert frame.groups == (Group(label, value),)
    assert frame.damaged == 0


def test_t1_space_as_checksum_with_a_horodate() -> None:
    """The same where a blank season comes before."""
    frame = frame_of(b"\x02\nDPM1\t 250123060000\t00\t \r\x03")
    assert frame.groups == (Group("DPM1", "00", " 250123060000"),)


@pytest.mark.parametrize("instead", [b"\x0b", b"\x0e", b"\x0f", b"\x1e\x0f", b""])
def test_t2_corrupted_line_feed(instead: bytes) -> None:
    """A group whose LF was damaged or lost is not lost with it."""
    clean = encode(HISTORIC)
    for label in HISTORIC:
        hit = clean.replace(b"\n" + label.encode(), instead + label.encode())
        assert decode(hit) == decode(clean), label


@pytest.mark.parametrize("instead", [b"C", b"\x00", b"\x7f", b""])
def test_t2_corrupted_stx(instead: bytes) -> None:
    """A frame whose STX was damaged or lost is whole: it follows an end."""
    clean = encode(STANDARD)
    frames = decode(clean + instead + clean[1:])
    assert frames == decode(clean + clean)
    assert frames[1].whole
    assert frames[1].damaged == 0


def test_t3_parity_comes_as_bit_7() -> None:
    """A port opened 8N1, or one that ignores parity, gives the same frames."""
    for lines in (HISTORIC, STANDARD_THREE):
        data = encode(lines)
        assert decode(eight_bits(data)) == decode(data)


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_t4_carriage_return_and_line_feed_are_one(end: bytes) -> None:
    """Serial servers translate one into the other."""
    for lines in (HISTORIC, STANDARD):
        data = encode(lines)
        translated = data.replace(b"\r", end).replace(b"\n", end)
        assert decode(translated) == decode(data)


def test_t5_two_lost_spaces_keep_the_checksum() -> None:
    """The length catches what the checksum cannot."""
    data = encode(STANDARD)
    frame = frame_of(data.replace(b"  HEURE PLEINE  \t", b"HEURE PLEINE  \t"))
    assert "LTARF" not in frame.by_label
    assert frame.damaged == 1


def test_t6_eot_cuts_a_frame_without_damage() -> None:
    """What came before EOT is good, and is not mixed with the next frame."""
    cut = encode(
        {name: HISTORIC[name] for name in ("ADCO", "OPTARIF", "ISOUSC")}, end=b"\x04"
    )
    short, whole = decode(cut + encode(HISTORIC))
    assert [group.label for group in short.groups] == ["ADCO", "OPTARIF", "ISOUSC"]
    assert short.ended_by is EndedBy.EOT
    assert not short.complete
    assert short.damaged == 0
    assert whole.complete
    assert whole.ended_by is EndedBy.ETX
    assert len(whole.groups) == len(HISTORIC)


def test_t6_eot_leaves_the_rest_as_it_was() -> None:
    """What a cut frame did not come to say is neither gone nor unknown."""
    timeline = Timeline()
    before = timeline.feed(HISTORIC, {"ADPS": "046"}, times=3)
    for labels in (("ADCO",), ("ADCO", "OPTARIF", "ISOUSC", "HCHC")):
        after = timeline.feed({name: HISTORIC[name] for name in labels}, end=b"\x04")
        assert after.values == before.values


@pytest.mark.parametrize(
    ("times", "encoding"),
    [
        (("0000", "0600", "2200"), Encoding.DECIMAL),
        (("0000", "0600", "1600"), Encoding.HEXADECIMAL),
        (("0000", "0600", "2230"), Encoding.DECIMAL),
        (("0000", "0C1E", "0F1E"), Encoding.HEXADECIMAL),
        (("0000", "1455", "1600"), Encoding.DECIMAL),
    ],
)
def test_t7_day_profile_in_decimal_or_hexadecimal(
    times: tuple[str, ...], encoding: Encoding
) -> None:
    """The times themselves prove how they are written."""
    parsed = parse_day_profile(day(*times))
    assert parsed is not None
    profile, proved = parsed
    assert proved is encoding
    base = 10 if encoding is Encoding.DECIMAL else 16
    assert [(slot.start.hour, slot.start.minute) for slot in profile] == [
        (int(start[:2], base), int(start[2:], base)) for start in times
    ]


def test_t7_an_undecided_profile_is_not_guessed() -> None:
    """Until another profile of the same meter decides, nothing is shown."""
    undecided = {"PJOURF+1": day("0000", "0800", "1200")}
    assert read(STANDARD, undecided)["day_profile"] is None
    timeline = Timeline(Meter(memory=Memory(encoding=Encoding.HEXADECIMAL)))
    reading = timeline.feed(STANDARD, undecided)
    assert reading["day_profile"] == "00:00 1, 08:00 2, 18:00 1"
    timeline = Timeline()
    timeline.feed(STANDARD)
    reading = timeline.feed(STANDARD, undecided, times=2)
    assert reading["day_profile"] == "00:00 1, 08:00 2, 12:00 1"


@pytest.mark.parametrize(
    ("status", "relays", "closed"),
    [("003A4400", "001", True), ("003A4401", "000", False)],
)
def test_t8_relays_and_status_have_opposite_polarity(
    status: str, relays: str, closed: bool
) -> None:
    """Both say the same of the dry contact, with opposite bits."""
    assert read(STANDARD, {"STGE": status, "RELAIS": None})["dry_contact"] is closed
    # STGE bit 0 of the other polarity: RELAIS alone decides where it is sent
    for other in ("003A4400", "003A4401"):
        reading = Timeline().feed(STANDARD, {"STGE": other, "RELAIS": relays}, times=4)
        assert reading["dry_contact"] is closed


def test_t9_bit_0_is_the_last_digit_s_lowest() -> None:
    """Bits count from the right."""
    lowest, highest = parse_status("00000001"), parse_status("80000000")
    assert lowest is not None
    assert highest is not None
    assert (lowest.dry_contact_open, lowest.mobile_peak) == (True, "none")
    assert (highest.dry_contact_open, highest.mobile_peak) == (False, "peak_2")
    # Mistakes seen elsewhere: masks of 3 bits for 2, and 0x111 for 0b111
    distributor, breaker = parse_status("00010000"), parse_status("0000000E")
    assert distributor is not None
    assert distributor.distributor_index == 1
    assert breaker is not None
    assert breaker.breaker is None


@pytest.mark.parametrize(
    ("status", "key"),
    [
        ("003A440E", "breaker"),
        ("003A440E", "breaker_open"),
        ("003A440E", "available_current"),
        ("003A440E", "available_power"),
        ("00324400", "euridis"),
        ("007A4400", "plc_status"),
    ],
)
def test_t10_undefined_codes_are_unknown(status: str, key: str) -> None:
    """Never closed, never the first value."""
    assert read(STANDARD)[key] is not None
    assert read(STANDARD, {"STGE": status})[key] is None


def test_t10_undefined_supplier_index_is_unknown() -> None:
    """Codes 10 to 15 name no tariff."""
    reading = read(STANDARD, {"STGE": "003A6800", "NTARF": "11"})
    assert reading["tariff_period"] is None
    assert "tariff_period" in reading.values


def test_t11_plc_bits_decide_nothing_else() -> None:
    """A meter that says it is not synchronised is believed in everything else."""
    reading = read(STANDARD, {"STGE": "091A4400", "NGTF": "TEMPO           "})
    assert reading["plc_synchronised"] is False
    assert reading["plc_status"] == "new_unlock"
    assert shown(reading, "tempo_today", "tempo_tomorrow") == ["blue", "white"]


def test_t12_motdetat_is_not_the_status_register() -> None:
    """A real meter sends 400000: no breaker, no overload follows."""
    reading = read(HISTORIC, {"MOTDETAT": "40000E"})
    assert reading["meter_state"] == "40000E"
    assert "breaker" not in reading.values
    assert reading["overload"] is False
    assert reading["available_current"] is not None


def test_t13_date_has_no_data() -> None:
    """Its horodate is everything."""
    frame = frame_of(b"\x02\nDATE\tE240924225642\t\tH\r\x03")
    assert frame.groups == (Group("DATE", "", "E240924225642"),)
    assert read(STANDARD)["meter_clock"] == datetime(2026, 1, 13, 17, tzinfo=UTC)


def test_t14_blank_season() -> None:
    """Mobile peaks have no season letter."""
    changes = {"DPM1": (" 260114060000", "00"), "FPM1": (" 260115060000", "00")}
    reading = read(STANDARD, changes)
    assert reading["mobile_peak_start_1"] == datetime(2026, 1, 14, 5, tzinfo=UTC)
    assert reading["mobile_peak_end_1"] == datetime(2026, 1, 15, 5, tzinfo=UTC)


def test_t15_labels_of_nine_characters() -> None:
    """SMAXSNx-1 is longer than the text allows."""
    reading = read(STANDARD_THREE)
    for n in (1, 2, 3):
        assert reading[f"max_power_yesterday_l{n}"] == 3000
        assert reading[f"max_power_today_l{n}"] == 3320


def test_t16_spaces_inside_data() -> None:
    """The data is between the separators, whatever it holds."""
    frame = frame_of(encode(STANDARD, {"MSG2": " A  B           "}))
    assert frame.by_label["NGTF"].value == "H PLEINE/CREUSE "
    assert frame.by_label["MSG2"].value == " A  B           "
    assert frame.by_label["PJOURF+1"].value.endswith(FILLER)
    # Historic data may hold one in other meters: it is not what we know, and no more
    strange = b"\nXDATE 01/02 10h  5\r"
    summed = strange[1:-3]
    strange = strange[:-2] + bytes([(sum(summed) & 0x3F) + 0x20]) + b"\r"
    (frame,) = decode(encode(HISTORIC).replace(b"\x03", strange + b"\x03"))
    assert frame.unknown == (Group("XDATE", "01/02 10h "),)
    assert frame.damaged == 0


def test_t17_one_key_for_every_name_of_a_current() -> None:
    """IINST alone or IINST1-3; IRMS1 always."""
    assert read(HISTORIC)["current_l1"] == 12
    assert "current_l2" not in read(HISTORIC).values
    keys = ("current_l1", "current_l2", "current_l3")
    assert shown(read(HISTORIC_THREE), *keys) == [3, 4, 5]
    assert read(STANDARD)["rms_current_l1"] == 32
    assert "apparent_power_l1" not in read(STANDARD).values
    assert read(STANDARD_THREE)["apparent_power_l1"] == 3576


@pytest.mark.parametrize("label", ["URMS2", "IRMS2", "SINSTS1", "ADSC"])
def test_t18_one_damaged_group_changes_no_phases(label: str) -> None:
    """The number of phases is latched."""
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, times=3)
    for _ in range(5):
        reading = timeline.feed(STANDARD_THREE, damage=[label, "STGE"])
        assert reading["phases"] == 3
        assert "available_current_l2" in reading.values
    # Even when the first frame ever is such a one
    reading = Timeline().feed(STANDARD_THREE, damage=["URMS2", "IRMS2", "SINSTS1"])
    assert reading["phases"] != 1


def test_t19_absent_is_not_damaged() -> None:
    """ADPS means something by being absent, and nothing by being damaged."""
    timeline = Timeline()
    over = {"ADPS": "046", "IINST": "046", "PAPP": "10580"}
    assert timeline.feed(HISTORIC, over, times=2)["overload"] is True
    for _ in range(3):
        assert timeline.feed(HISTORIC, over, damage=["ADPS"])["overload"] is True
    # Neither does a frame say so that lost another group, nor one that was cut
    assert timeline.feed(HISTORIC, damage=["IMAX"])["overload"] is True
    assert timeline.feed(HISTORIC, end=b"\x04")["overload"] is True
    # Damage may turn a group into another, so two frames have to say so
    assert timeline.feed(HISTORIC)["overload"] is True
    assert timeline.feed(HISTORIC)["overload"] is False


def test_t19_one_damaged_group_makes_nothing_unknown() -> None:
    """Whatever the group, every value stays."""
    for lines in (HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE):
        # A minute of frames with the same DATE would be a frozen clock
        timeline = Timeline(pace=0.5)
        before = timeline.feed(lines, times=3)
        for label in lines:
            after = timeline.feed(lines, damage=[label])
            assert after.frame.damaged == 1
            assert after.values == before.values, label


def test_t20_short_frames_without_adir() -> None:
    """Told by what they lack: in the last minute they begin with ADCO."""
    lines = {
        name: HISTORIC_THREE[name] for name in ("ADCO", "IINST1", "IINST2", "IINST3")
    }
    assert frame_of(encode(lines)).short
    assert frame_of(encode({"ADIR2": "020", **lines})).short
    assert not frame_of(encode(HISTORIC_THREE)).short
    assert not frame_of(encode(HISTORIC)).short
    # An older single-phase meter without PAPP
    assert not frame_of(encode(HISTORIC, {"PAPP": None})).short
    assert not frame_of(encode(STANDARD_THREE)).short


def test_t21_the_last_of_duplicates_wins() -> None:
    """ADPS may come twice in a frame: out of turn, then in its place."""
    data = encode(HISTORIC, {"ADPS": "047"})
    data = data.replace(line("ISOUSC", "45"), line("ISOUSC", "45") + line("ADPS", "46"))
    data = data.replace(line("ADPS", "46"), line("ADPS", "046"))
    frame = frame_of(data)
    assert [group.value for group in frame.groups if group.label == "ADPS"] == [
        "046",
        "047",
    ]
    assert frame.by_label["ADPS"].value == "047"
    assert frame.damaged == 0


def test_t22_imax_is_no_measurement() -> None:
    """It limits nothing and is shown as it is."""
    high, low = read(HISTORIC), read(HISTORIC, {"IMAX": "060"})
    assert (high["max_current_l1"], low["max_current_l1"]) == (90, 60)
    assert high["available_current"] == low["available_current"]


def test_t23_pmax_depends_on_the_meter() -> None:
    """VA of yesterday on a Linky, W since a reset on what came before."""
    linky = read(HISTORIC_THREE)
    assert linky["max_power_yesterday"] == 5000
    assert "max_active_power" not in linky.values
    older = read(HISTORIC_THREE, {"ADCO": "040830123456"})
    assert older["max_active_power"] == 5000
    assert "max_power_yesterday" not in older.values


def test_t24_export_in_historic_mode() -> None:
    """PAPP 0 with a current is an export: nothing is drawn."""
    reading = read(HISTORIC, {"PAPP": "00000", "IINST": "008"})
    assert reading["apparent_power"] == 0
    assert reading["current_l1"] == 8
    assert reading["available_current"] == pytest.approx((9000 - 5) / 240, abs=0.01)
    assert not {"energy_export", "apparent_power_export"} & reading.values.keys()


def test_t25_producer_labels_not_the_producer_bit() -> None:
    """What is sent exists, whatever STGE bit 8 says."""
    sent = read(STANDARD, {"EAIT": "000001234", "SINSTI": "00000"})
    assert sent["producer"] is False
    assert sent["energy_export"] == 1234
    told = read(STANDARD, {"STGE": "003A4500"})
    assert told["producer"] is True
    assert "energy_export" not in told.values


def test_t26_current_of_an_exporting_phase() -> None:
    """A consumer exports too: SINSTS 0 while IRMS is not."""
    changes = {"SINSTS": "00000", "IRMS1": "005", "STGE": "003A4600"}
    reading = read(STANDARD, changes)
    assert reading["current_l1"] == 5
    assert reading["exporting"] is True
    assert reading["available_current"] == pytest.approx(9000 / 224, abs=0.01)
    changes = {"SINSTS3": "00000", "IRMS3": "002", "SINSTS": "03560"}
    three = read(STANDARD_THREE, changes)
    assert three["current_l3"] == 2


def test_t27_pilot_meters_have_their_own_labels() -> None:
    """SINST1, SMAXN and SMAXN-1 are SINSTS, SMAXSN and SMAXSN-1."""
    changes = {
        "ADSC": "041767123456",
        "SINST1": STANDARD["SINSTS"],
        "SMAXN": STANDARD["SMAXSN"],
        "SMAXN-1": STANDARD["SMAXSN-1"],
        "SINSTS": None,
        "SMAXSN": None,
        "SMAXSN-1": None,
    }
    assert read(STANDARD, changes).values == read(STANDARD).values


def test_t28_powers_in_kva_and_currents_in_a() -> None:
    """PREF is the whole installation's, ISOUSC each phase's."""
    assert read(STANDARD_THREE, {"PREF": "36"})["subscribed_power"] == 36_000
    assert read(HISTORIC, {"ISOUSC": "45"})["subscribed_power"] == 9_000
    assert read(HISTORIC_THREE, {"ISOUSC": "60"})["subscribed_power"] == 36_000


def test_t29_isousc_is_rounded_pref_is_not() -> None:
    """7 kVA on three phases is 11.67 A in two digits: standard mode is exact."""
    assert read(HISTORIC_THREE, {"ISOUSC": "12"})["subscribed_power"] == 7_200
    reading = read(STANDARD_THREE, {"PREF": "07", "PCOUP": "07"})
    assert reading["subscribed_power"] == 7_000
    assert reading["current_limit_l2"] == pytest.approx(7000 / 3 / 231, abs=0.01)


@pytest.mark.parametrize(
    "label", ["  HC  BLEU      ", "BLEU HC         ", "   hc bleu      "]
)
def test_t30_tariff_names_vary_and_decide_nothing(label: str) -> None:
    """The index decides; the name is shown without its padding."""
    reading = read(
        STANDARD,
        {
            "NGTF": "     TEMPO      ",
            "LTARF": label,
            "NTARF": "04",
            "STGE": "003A4C00",
        },
    )
    assert reading["tariff_period"] == "white_peak"
    assert reading["tariff_label"] == " ".join(label.split())
    assert reading["calendar_name"] == "TEMPO"
    assert reading["contract"] == "tempo"


def test_t31_load_curve_points_carry_their_time() -> None:
    """The interval is not said: each point has its own end."""
    reading = read(STANDARD)
    assert shown(reading, "load_curve_import", "load_curve_import_previous") == [
        806,
        1152,
    ]
    assert reading["load_curve_import_time"] == datetime(2026, 1, 13, 17, tzinfo=UTC)
    previous = reading["load_curve_import_previous_time"]
    assert previous == datetime(2026, 1, 13, 16, 30, tzinfo=UTC)


def test_t32_msg2_lives_one_frame_and_stays() -> None:
    """It is sent once; what it said stands."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=2)
    assert timeline.feed(STANDARD, {"MSG2": "COUPURE  A 14H  "})["message_2"] == (
        "COUPURE A 14H"
    )
    assert timeline.feed(STANDARD, times=20)["message_2"] == "COUPURE A 14H"


def test_t33_tempo_colours_are_the_register_s() -> None:
    """Neither the label in progress nor the clock changes them."""
    for clock in ("H260113233000", "H260114001000", "H260114060500"):
        reading = read(
            STANDARD,
            {
                "DATE": (clock, ""),
                "NGTF": "     TEMPO      ",
                "LTARF": "    HC  BLEU    ",
                "NTARF": "01",
                "STGE": "0E3A4000",
            },
        )
        assert shown(reading, "tempo_today", "tempo_tomorrow") == ["white", "red"]
        assert reading["tariff_period"] == "blue_off_peak"


def test_t34_the_tenth_index_exists() -> None:
    """All ten are sent and shown."""
    reading = read(STANDARD, {f"EASF{n:02}": f"{n:09}" for n in range(1, 11)})
    assert [reading[f"energy_index_{n}"] for n in range(1, 11)] == list(range(1, 11))


def test_t36_one_address_in_both_modes() -> None:
    """A meter is the same one after a change of mode; its type may hold letters."""
    timeline = Timeline()
    historic = timeline.feed(HISTORIC, times=3)
    standard = timeline.feed(STANDARD, times=3)
    assert (historic.mode, standard.mode) == (Mode.HISTORIC, Mode.STANDARD)
    assert historic.address == standard.address == "042164123456"
    identity = parse_address("0421AA123456")
    assert identity is not None
    assert identity.serial_number == "123456"
