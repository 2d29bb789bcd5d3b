"""Recipes: what a run is made of.

A recipe file edits `published()`, a typed `ml_collections.ConfigDict`, or
for fine-tuning `finetuning()`, and returns it; the command line overrides
single fields; `make_recipe` checks all of it and freezes it. Nothing here
imports a framework, so a mistake shows in milliseconds.
"""

from keras_attmask.recipe.files import finetuning
from keras_attmask.recipe.files import load_recipe_file
from keras_attmask.recipe.files import make_recipe
from keras_attmask.recipe.files import published
from keras_attmask.recipe.kinds import FINETUNING
from keras_attmask.recipe.kinds import PRETRAINING
from keras_attmask.recipe.sections import STRATEGIES
from keras_attmask.recipe.sections import Recipe
