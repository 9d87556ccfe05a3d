"""Times TRL's GRPOTrainer on the CPU on the work of `pavlov bench`, and prints one line of JSON with the same keys.

python bench_trl.py --model DIR --data FILE [--generations 8] [--prompts 1] [--new 64] [--steps 4] [--dtype bfloat16]

Exits with 3, and a sentence on standard error, where TRL or what it needs is not installed.
"""

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from time import perf_counter

SEED = 0
ROWS_PER_PROMPT = 4
NOT_INSTALLED = 3


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Times TRL's GRPOTrainer on the work of pavlov bench.")
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--data", required=True, help="JSON lines with the columns question and answer")
    parser.add_argument("--generations", type=int, default=8, help="completions of each prompt")
    parser.add_argument("--prompts", type=int, default=1, help="prompts of a step")
    parser.add_argument("--new", type=int, default=64, help="tokens of every completion")
    parser.add_argument("--steps", type=int, default=4, help="optimizer steps; the first is not measured")
    parser.add_argument("--micro", type=int, default=0, help="completions of a micro-batch; 0: all of a step")
    parser.add_argument("--lora", type=int, default=0, help="rank of an adapter; 0 trains all weights")
    parser.add_argument("--lr", type=float, default=1e-6, help="learning rate")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--checkpointing", action="store_true", help="keep no activations, compute them twice")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of torch")
    return parser.parse_args()


def target(completions, **_):
    """Minus the distance from 20 words."""
    return [-float(abs(20 - len(messages[0]["content"].split()))) for messages in completions]


def digits(completions, answer, **_):
    """1 where the completion holds the number after the answer's last ####."""
    numbers = [solution.split("####")[-1].strip() for solution in answer]
    return [1.0 if number in messages[0]["content"] else 0.0 for messages, number in zip(completions, numbers)]


class Timed:
    """A function that remembers how long each of its calls took."""

    def __init__(self, function):
        self.function = function
        self.seconds: list[float] = []

    def __call__(self, *args, **kwargs):
        started = perf_counter()
        try:
            return self.function(*args, **kwargs)
        finally:
            self.seconds.append(perf_counter() - started)


def after_first(values: list[float]) -> float:
    """The mean without the first, in which everything is warmed up."""
    return fmean(values[1:]) if len(values) > 1 else float("nan")


def main() -> int:
    arguments = parse_arguments()
    try:
        import torch
        from datasets import Dataset
        from transformers import AutoTokenizer, TrainerCallback
        from trl import GRPOConfig, GRPOTrainer
    except ImportError as error:
        print(f"error: this Python has no TRL: {error}", file=sys.stderr)
        return NOT_INSTALLED

    torch.set_num_threads(arguments.threads)
    completions = arguments.generations * arguments.prompts
    micro = arguments.micro or completions
    with Path(arguments.data).open(encoding="utf8") as lines:
        wanted = arguments.prompts * arguments.steps * ROWS_PER_PROMPT
        rows = [json.loads(line) for _, line in zip(range(wanted), lines)]
    dataset = Dataset.from_list(
        [{"prompt": [{"role": "user", "content": row["question"]}], "answer": row["answer"]} for row in rows]
    )
    adapter = None
    if arguments.lora:
        from peft import LoraConfig

        adapter = LoraConfig(
            r=arguments.lora, lora_alpha=2 * arguments.lora, target_modules="all-linear", task_type="CAUSAL_LM"
        )

    optimizer_seconds: list[float] = []

    class OptimizerClock(TrainerCallback):
        """From the clipped gradient to the updated weights."""

        def on_pre_optimizer_step(self, args, state, control, **_):
            self.started = perf_counter()

        def on_optimizer_step(self, args, state, control, **_):
            optimizer_seconds.append(perf_counter() - self.started)

    with tempfile.TemporaryDirectory() as output:
        config = GRPOConfig(
            output_dir=output,
            seed=SEED,
            max_steps=arguments.steps,
            num_generations=arguments.generations,
            per_device_train_batch_size=micro,
            gradient_accumulation_steps=completions // micro,
            max_completion_length=arguments.new,
            generation_kwargs={"min_new_tokens": arguments.new},
            learning_rate=arguments.lr,
            model_init_kwargs={"dtype": arguments.dtype},
            gradient_checkpointing=arguments.checkpointing,
            use_cpu=True,
            bf16=False,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        trainer = GRPOTrainer(
            model=arguments.model,
            args=config,
            reward_funcs=[target, digits],
            train_dataset=dataset,
            processing_class=AutoTokenizer.from_pretrained(arguments.model),
            peft_config=adapter,
            callbacks=[OptimizerClock()],
        )
        generate = Timed(trainer.model.generate)
        trainer.model.generate = generate
        trainer.train()

    log = [line for line in trainer.state.log_history if "step_time" in line]
    steps = [line["step_time"] for line in log]
    step_seconds, generate_seconds = after_first(steps), after_first(generate.seconds)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    figures = {
        "peer": "trl",
        "dtype": arguments.dtype,
        "precision": arguments.dtype,
        "engine": f"torch {torch.__version__}",
        "threads": arguments.threads,
        "cpu": platform.processor() or platform.machine(),
        "generations": arguments.generations,
        "prompts": arguments.prompts,
        "new": arguments.new,
        "lora": arguments.lora,
        "micro": micro,
        "checkpointing": arguments.checkpointing,
        # TRL's own measure: all of a step but the optimizer.
        "step_s": round(step_seconds, 3),
        "generate_s": round(generate_seconds, 3),
        "optimizer_s": round(after_first(optimizer_seconds), 3),
        "generate_tok_s": round(completions * arguments.new / generate_seconds, 1),
        "tok_s": round(completions * arguments.new / step_seconds, 1),
        "steps": [round(seconds, 2) for seconds in steps],
        "loss": [line.get("loss") for line in log],
        "reward": [line.get("reward") for line in log],
        "num_tokens": [line.get("num_tokens") for line in log],
        "peak_rss_gb": round(kilobytes / 2**20, 2),
    }
    # The trainer prints its log on standard output: the figures are the last line.
    print(json.dumps(figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
