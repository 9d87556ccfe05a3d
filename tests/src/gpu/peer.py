"""The same work as shape-bench.ts in plain PyTorch, eager and in float32: a Llama of random weights at the shape of
SmolLM2-135M generates completions with a key-value cache and is trained on them with GRPO's loss and AdamW.

    python3 peer.py [--device cuda] [--generations 8] [--steps 3]

Prints one line of JSON with the names that shape-bench.ts gives its figures.
"""

import argparse
import json
import math
import time

try:
    import torch
    import torch.nn.functional as functional
except ImportError:
    print("PyTorch is not installed here: nothing to compare with.")
    raise SystemExit(0)

VOCABULARY, WIDTH, INNER, LAYERS, HEADS, KEY_VALUE_HEADS = 49152, 576, 1536, 30, 9, 3
HEAD = WIDTH // HEADS


def weights(device):
    generator = torch.Generator().manual_seed(1)

    def normal(*shape):
        return (torch.randn(*shape, generator=generator) * 0.04).to(device).requires_grad_()

    def ones():
        return torch.ones(WIDTH, device=device, requires_grad=True)

    layers = []
    for _ in range(LAYERS):
        layers.append(
            {
                "first": ones(),
                "second": ones(),
                "query": normal(HEADS * HEAD, WIDTH),
                "key": normal(KEY_VALUE_HEADS * HEAD, WIDTH),
                "value": normal(KEY_VALUE_HEADS * HEAD, WIDTH),
                "output": normal(WIDTH, HEADS * HEAD),
                "gate": normal(INNER, WIDTH),
                "up": normal(INNER, WIDTH),
                "down": normal(WIDTH, INNER),
            }
        )
    return {"embedding": normal(VOCABULARY, WIDTH), "norm": ones(), "layers": layers}


def parameters(model):
    return [model["embedding"], model["norm"], *(value for layer in model["layers"] for value in layer.values())]


def norm(x, weight):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * weight


def turned(x, positions):
    frequencies = 10000.0 ** (-torch.arange(0, HEAD, 2, device=x.device) / HEAD)
    angles = positions[:, None].float() * frequencies
    cosine, sine = torch.cos(angles), torch.sin(angles)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


def forward(model, ids, start, cache):
    """Logits [rows, tokens, vocabulary]. `cache` is a list of (keys, values), one for each layer, or None."""
    x = model["embedding"][ids]
    rows, tokens = ids.shape
    positions = torch.arange(start, start + tokens, device=ids.device)
    for index, layer in enumerate(model["layers"]):
        h = norm(x, layer["first"])

        def heads(name, count):
            return functional.linear(h, layer[name]).view(rows, tokens, count, HEAD).transpose(1, 2)

        query = turned(heads("query", HEADS), positions)
        key, value = turned(heads("key", KEY_VALUE_HEADS), positions), heads("value", KEY_VALUE_HEADS)
        if cache is not None:
            if cache[index] is not None:
                key, value = (torch.cat([old, new], 2) for old, new in zip(cache[index], (key, value)))
            cache[index] = (key, value)
        group = HEADS // KEY_VALUE_HEADS
        mixed = functional.scaled_dot_product_attention(
            query, key.repeat_interleave(group, 1), value.repeat_interleave(group, 1), is_causal=tokens > 1
        )
        x = x + functional.linear(mixed.transpose(1, 2).reshape(rows, tokens, -1), layer["output"])
        h = norm(x, layer["second"])
        gated = functional.silu(functional.linear(h, layer["gate"])) * functional.linear(h, layer["up"])
        x = x + functional.linear(gated, layer["down"])
    return x


def logits_of(model, hidden):
    return functional.linear(norm(hidden, model["norm"]), model["embedding"])


@torch.no_grad()
def generate(model, prompt, rows, new):
    cache = [None] * LAYERS
    ids = prompt.repeat(rows, 1)
    hidden = forward(model, ids, 0, cache)[:, -1:]
    tokens, logs = [], []
    for step in range(new):
        scores = torch.log_softmax(logits_of(model, hidden)[:, -1], -1)
        token = torch.multinomial(scores.exp(), 1)
        tokens.append(token)
        logs.append(scores.gather(1, token))
        if step < new - 1:
            hidden = forward(model, token, prompt.shape[1] + step, cache)
    return torch.cat(tokens, 1), torch.cat(logs, 1)


def train(model, prompt, tokens, logs):
    rows, new = tokens.shape
    advantages = (torch.arange(rows, device=tokens.device) - (rows - 1) / 2) / rows
    ids = torch.cat([prompt.repeat(rows, 1), tokens], 1)
    hidden = forward(model, ids[:, :-1], 0, None)[:, -new:]
    chosen = torch.log_softmax(logits_of(model, hidden), -1).gather(2, tokens[:, :, None])[:, :, 0]
    ratio = torch.exp(chosen - logs)
    surrogate = torch.minimum(ratio * advantages[:, None], ratio.clamp(0.8, 1.2) * advantages[:, None])
    loss = -surrogate.sum() / (rows * new)
    loss.backward()
    return loss.item()


def update(model, optimizer):
    torch.nn.utils.clip_grad_norm_(parameters(model), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--generations", type=int, default=8)
    options.add_argument("--steps", type=int, default=3)
    options = options.parse_args()
    device, rows, prompt_tokens, new = options.device, options.generations, 96, 64
    wait = torch.cuda.synchronize if device.startswith("cuda") else (lambda: None)

    def seconds(work):
        wait()
        started = time.perf_counter()
        result = work()
        wait()
        return result, time.perf_counter() - started

    model, load = seconds(lambda: weights(device))
    optimizer = torch.optim.AdamW(parameters(model), lr=1e-4, weight_decay=0)
    prompt = torch.tensor([[3 + (token * 104729) % (VOCABULARY - 3) for token in range(prompt_tokens)]], device=device)
    times = []
    for step in range(options.steps + 1):
        (tokens, logs), generated = seconds(lambda: generate(model, prompt, rows, new))
        _, trained = seconds(lambda: train(model, prompt, tokens, logs))
        _, updated = seconds(lambda: update(model, optimizer))
        if step > 0:
            times.append((generated, trained, updated))
    generated, trained, updated = (sum(column) / len(times) for column in zip(*times))
    figures = {
        "device": device,
        "engine": f"torch {torch.__version__}",
        "parameters": sum(math.prod(each.shape) for each in parameters(model)),
        "completions": rows,
        "promptTokens": prompt_tokens,
        "newTokens": new,
        "loadSeconds": load,
        "generateSeconds": generated,
        "trainSeconds": trained,
        "optimizerSeconds": updated,
        "stepSeconds": generated + trained + updated,
        "generatedTokensPerSecond": rows * new / generated,
        "deviceMegabytes": torch.cuda.max_memory_allocated() / 1e6 if device.startswith("cuda") else None,
    }
    print(json.dumps(figures))


main()
