"""certlab: a workbook about trust between machines, in which every statement can be run."""

__version__ = "0.1.0"
