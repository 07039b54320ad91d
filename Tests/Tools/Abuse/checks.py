"""What the cases of scripts/abuse and scripts/faults --access yield, and the table of it."""

import dataclasses


@dataclasses.dataclass
class Check:
    """One check of a case: the attempt, the observed figure, and its bound."""

    attempt: str
    figure: str
    bound: str
    passed: bool

    def __str__(self):
        return f"{'passed' if self.passed else 'FAILED'}: {self.attempt}: {self.figure} (bound: {self.bound})"


def print_table(rows):
    """Rows of equal length in columns as wide as needed."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def report(results, seconds):
    """Prints the table of pairs of a case and its check. Returns the number of failed checks."""
    if results:
        print()
        print_table([("case", "attempt", "figure", "bound", "")] + [
            (name, check.attempt, check.figure, check.bound, "passed" if check.passed else "FAILED") for name, check in results])
    failed = sum(not check.passed for _, check in results)
    print(f"\n{len(results)} checks, {failed} failed, {seconds:.0f} s")
    return failed
