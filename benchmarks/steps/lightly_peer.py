"""The peer: an iBOT step put together from `lightly` and `timm` on PyTorch.

The same networks, views, head and losses; masks are iBOT's random blocks, for
there is no AttMask there, and the patch centre follows hidden patches alone.
"""

import sys

import matmul
import timm
import torch
from lightly.loss import DINOLoss
from lightly.loss import IBOTPatchLoss
from lightly.models.modules import DINOProjectionHead
from lightly.models.modules import MaskedVisionTransformerTIMM
from lightly.models.utils import random_block_mask
from lightly.models.utils import update_momentum

NAMES = {
    "vit_tiny16": "vit_tiny_patch16_224",
    "vit_small16": "vit_small_patch16_224",
    "vit_base16": "vit_base_patch16_224",
}
PROTOTYPES = 8192


def _pair(options):
    """Backbone and head on the device that there is."""
    backbone = timm.create_model(
        NAMES[options["arch"]],
        dynamic_img_size=True,
        drop_path_rate=0.1,
        img_size=options["global_size"],
    )
    head = DINOProjectionHead(
        backbone.embed_dim, output_dim=PROTOTYPES, norm_last_layer=False
    )
    pair = torch.nn.ModuleList([MaskedVisionTransformerTIMM(backbone), head])
    return pair.to("cuda" if torch.cuda.is_available() else "cpu")


def _networks(options):
    student, teacher = _pair(options), _pair(options)
    teacher.load_state_dict(student.state_dict())
    return student, teacher.requires_grad_(False).eval()


class _Step:
    def __init__(self, options):
        self.students, self.teachers = _networks(options)
        self.class_loss = DINOLoss(PROTOTYPES)
        self.patch_loss = IBOTPatchLoss(PROTOTYPES)
        self.optimizer = torch.optim.AdamW(self.students.parameters(), 1e-6)
        self.batch, self.crops = options["batch"], options["local_crops"]
        self.half = options["dtype"] == "mixed_bfloat16"
        self.device = next(self.students.parameters()).device
        self.class_loss.to(self.device)
        self.patch_loss.to(self.device)
        side = options["global_size"]
        self.grid = side // 16
        self.large = torch.randn(2 * self.batch, 3, side, side)
        self.small = torch.randn(self.crops * self.batch, 3, 96, 96)
        self.large = self.large.to(self.device)
        self.small = self.small.to(self.device)

    def losses(self):
        (student, head), (teacher, teacher_head) = self.students, self.teachers
        mask = random_block_mask(
            (2 * self.batch, self.grid, self.grid), device=self.device
        )
        flat = torch.cat(
            [torch.zeros_like(mask[:, :1, 0]), mask.flatten(1)], dim=1
        )
        with torch.no_grad():
            tokens = teacher.encode(self.large)
            targets = teacher_head(tokens[:, 0]).chunk(2)
            patch_targets = teacher_head(tokens[flat])
        tokens = student.encode(self.large, mask=flat)
        found = list(head(tokens[:, 0]).chunk(2))
        if self.crops:
            local = student.encode(self.small)[:, 0]
            found += head(local).chunk(self.crops)
        patches = head(tokens[flat])
        return self.class_loss(targets, found) + self.patch_loss(
            patch_targets, patches, mask
        )

    def one(self):
        kind = self.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.half):
            loss = self.losses()
        self.optimizer.zero_grad()
        loss.backward()
        for parameter in self.students.parameters():
            if parameter.grad is not None:
                torch.nn.utils.clip_grad_norm_(parameter, 3.0)
        self.optimizer.step()
        for student, teacher in zip(self.students, self.teachers):
            update_momentum(student, teacher, 0.996)
        return loss

    def __call__(self, count):
        for _ in range(count):
            loss = self.one()
        return loss.item()


def make_step(options):
    if options["dtype"] == "mixed_float16":
        sys.exit("--dtype: lightly's step has float32 and mixed_bfloat16")
    step = _Step(options)
    dtype = torch.bfloat16 if step.half else torch.float32

    def facts():
        product = matmul.torch_product(dtype, step.device)
        return {
            "matmul_flops": matmul.matmul_flops(
                product, step.device.type != "cpu"
            ),
            "versions": {"torch": torch.__version__, "timm": timm.__version__},
        }

    return step, facts


def peak_memory():
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return None
