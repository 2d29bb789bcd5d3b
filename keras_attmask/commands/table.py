"""All subcommands, in the order of the help text."""

from keras_attmask.commands import convert
from keras_attmask.commands import data
from keras_attmask.commands import evaluate
from keras_attmask.commands import export
from keras_attmask.commands import finetune
from keras_attmask.commands import pretrain
from keras_attmask.commands import recipes
from keras_attmask.commands import verify
from keras_attmask.commands import visualize

COMMANDS = {
    module.COMMAND.name: module.COMMAND
    for module in (
        pretrain,
        finetune,
        data,
        evaluate,
        export,
        convert,
        verify,
        visualize,
        recipes,
    )
}
