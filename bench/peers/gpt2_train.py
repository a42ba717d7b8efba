"""GPT-2 124M's training step with PyTorch, eager and compiled: the peer of org.jacobi.bench.GpuBench on the same machine.

    python3 gpt2_train.py [--batch 16 32 64] [--steps 10] [--out gpt2-pytorch.md]

The model has GPT-2's shape with the vocabulary filled up to 50304; bf16 is autocast over f32 parameters; the optimizer is
AdamW, fused. A step is forward, backward and update; every figure is the best of five rounds of the wall clock.
"""

import argparse
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB, CONTEXT, LAYERS, HEADS, CHANNELS = 50304, 1024, 12, 12, 768
ROUNDS = 5


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(CHANNELS)
        self.c_attn = nn.Linear(CHANNELS, 3 * CHANNELS)
        self.attn_proj = nn.Linear(CHANNELS, CHANNELS)
        self.ln_2 = nn.LayerNorm(CHANNELS)
        self.c_fc = nn.Linear(CHANNELS, 4 * CHANNELS)
        self.c_proj = nn.Linear(4 * CHANNELS, CHANNELS)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (part.view(b, t, HEADS, c // HEADS).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, c)
        x = x + self.attn_proj(y)
        return x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCAB, CHANNELS)
        self.wpe = nn.Embedding(CONTEXT, CHANNELS)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(CHANNELS)
        self.lm_head = nn.Linear(CHANNELS, VOCAB, bias=False)
        self.lm_head.weight = self.wte.weight
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, idx, targets):
        x = self.wte(idx) + self.wpe(torch.arange(idx.shape[1], device=idx.device))
        for block in self.h:
            x = block(x)
        return F.cross_entropy(self.lm_head(self.ln_f(x)).flatten(0, 1), targets.flatten())


def measure(precision, compiled, batch, steps):
    torch.manual_seed(42)
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    model = GPT2().cuda()
    step_model = torch.compile(model) if compiled else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, fused=True)
    tokens = torch.randint(0, 50257, (batch, CONTEXT + 1), device="cuda")
    idx, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()

    def step():
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            loss = step_model(idx, targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    for _ in range(3):
        step()
    torch.cuda.synchronize()
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - begin) / steps)
    parameters = sum(p.numel() for p in model.parameters())
    return batch * CONTEXT / best, 6 * parameters + 6 * LAYERS * CHANNELS * CONTEXT, best


def product_rate():
    a = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    b = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    best = float("inf")
    for _ in range(ROUNDS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(10):
            a @ b
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - begin) / 10)
    return 2 * 8192**3 / best


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--batch", type=int, nargs="+", default=[16, 32, 64])
    options.add_argument("--steps", type=int, default=10)
    options.add_argument("--precision", nargs="+", default=["f32", "tf32", "bf16"])
    options.add_argument("--out", default="gpt2-pytorch.md")
    options = options.parse_args()
    rate = product_rate()
    lines = [
        f"# GPT-2 124M's training step, PyTorch {torch.__version__}, {torch.cuda.get_device_name(0)}",
        "",
        f"A product of bf16 matrices, 8192 each way: {rate / 1e12:.0f} TFLOP/s.",
        "",
        "| precision | way | batch | tokens/s | ms a step | of the product's rate |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for precision in options.precision:
        for compiled in (False, True):
            for batch in options.batch:
                way = "compiled" if compiled else "eager"
                try:
                    speed, per_token, seconds = measure(precision, compiled, batch, options.steps)
                    line = f"| {precision} | {way} | {batch} | {speed:,.0f} | {1e3 * seconds:.1f} | {speed * per_token / rate:.1%} |"
                except torch.OutOfMemoryError:
                    line = f"| {precision} | {way} | {batch} | out of memory | | |"
                torch.cuda.empty_cache()
                print(line, flush=True)
                lines.append(line)
    with open(options.out, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
