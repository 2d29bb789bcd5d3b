"""The subcommands of `attmask`, one a file."""

from keras_attmask.commands.table import COMMANDS
