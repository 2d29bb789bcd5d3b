"""What a conversion did with every tensor."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mapped:
    """Tensors of a file that became, or came from, one variable."""

    tensors: tuple
    variable: str
    shape: tuple

    def within(self, network):
        """The same row of one of several networks; "" for the only one."""
        path = f"{network}/{self.variable}" if network else self.variable
        return dataclasses.replace(self, variable=path)


@dataclasses.dataclass(frozen=True)
class Left:
    """Something that was not converted, and why that is right."""

    name: str
    reason: str


@dataclasses.dataclass
class Report:
    """All that was mapped, all that was left, and what to know about it."""

    mapped: list = dataclasses.field(default_factory=list)
    left: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)

    def to_dict(self):
        """Plain values for JSON."""
        return {
            "mapped": [
                {
                    "tensors": list(row.tensors),
                    "variable": row.variable,
                    "shape": list(row.shape),
                }
                for row in self.mapped
            ],
            "left": [dataclasses.asdict(row) for row in self.left],
            "notes": list(self.notes),
        }
