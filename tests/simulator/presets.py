"""The meters that tests and pages refer to by name."""

from .config import MeterConfig

PRESETS: dict[str, MeterConfig] = {
    "historic_base": MeterConfig(mode="historic", contract="base", kva=6, seed=11),
    "historic_hc": MeterConfig(mode="historic", contract="hc", kva=9, seed=12),
    "historic_tempo": MeterConfig(mode="historic", contract="tempo", kva=9, seed=13),
    "historic_three_phase": MeterConfig(
        mode="historic", phases=3, contract="hc", kva=18, seed=14
    ),
    "standard_hc": MeterConfig(contract="hc", kva=6, seed=21),
    "standard_tempo_three_phase": MeterConfig(
        phases=3, contract="tempo", kva=18, seed=22
    ),
    "standard_producer": MeterConfig(
        phases=3, contract="base", kva=12, producer=True, solar_kw=6.0, seed=23
    ),
    "standard_weekend": MeterConfig(contract="weekend", kva=9, seed=24),
}
