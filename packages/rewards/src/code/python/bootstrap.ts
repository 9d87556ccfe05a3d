// The Python that runs before a program's own: it takes the task, limits itself, closes doors, and hands back a result.

/**
 * Read by `python -c`. The task comes as JSON on descriptor 3, on which it answers "ready", and later the marker and the
 * result. Needs Python 3.8 for audit hooks, which cannot be taken out again; they stop what a program does through
 * Python, not what it does by breaking Python, and are no security boundary.
 */
export const BOOTSTRAP = String.raw`
import sys, os, posix, resource, _signal, _posixsubprocess

def start():
    chunks = []
    while True:
        chunk = os.read(3, 1 << 16)
        if not chunk:
            break
        chunks.append(chunk)
    # Written by this machine, and but for three words JSON is Python; the module json takes as long to load as Python.
    task = eval(b"".join(chunks), {"true": True, "false": False, "null": None})
    limits = task["limits"]

    def limit(kind, most):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(kind, (most, most))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_NOFILE, 64)
    limit(resource.RLIMIT_CPU, limits["seconds"])
    limit(resource.RLIMIT_NPROC, limits["processes"])
    try:
        limit(resource.RLIMIT_AS, limits["bytes"])
    except (ValueError, OSError):
        if sys.platform == "linux":
            raise
    for place in (os, posix, _signal):
        for name in ("mkfifo", "mknod", "pidfd_open", "pidfd_send_signal", "setsid", "setpgid", "setpgrp"):
            if hasattr(place, name):
                delattr(place, name)

    def refused(*_, **__):
        raise PermissionError("starting a program is not allowed here")

    _posixsubprocess.fork_exec = refused
    sys.addaudithook(make_hook(tuple(os.path.abspath(path) + os.sep for path in sys.path if path)))

    result = task["marker"]
    question = task["question"]
    is_call = question is not None and question["kind"] == "call"
    if is_call:
        import json
        encode = json.dumps
        args = json.loads(question["args"])
    del chunks[:]
    module = type(sys)("__main__" if question is None else "solution")
    module.__builtins__ = __builtins__
    # What Python's site module has, which programs expect.
    __builtins__.exit = __builtins__.quit = sys.exit
    sys.modules[module.__name__] = module
    sys.argv[:] = ["solution.py"]
    names = module.__dict__
    code = task["code"]
    write, evaluate = os.write, eval
    os.write(3, b"ready\n")
    if question is None:
        os.close(3)
        exec(compile(code, "solution.py", "exec"), names)
        return
    exec(compile(code, "solution.py", "exec"), names)
    if is_call:
        value = evaluate(compile(question["expression"], "test.py", "eval"), names)
        if args is not None:
            value = value(*args)
        value = encode(value, default=plain)
    else:
        exec(compile(question["code"], "test.py", "exec"), names)
        value = "null"
    answer = (result + value + "\n").encode()
    while answer:
        answer = answer[write(3, answer):]

def plain(value):
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError("returned a value of type " + type(value).__name__ + ", which is no JSON")

def make_hook(readable):
    kept = {"os.putenv", "os.unsetenv"}
    listing = {"os.listdir", "os.scandir"}
    closed = ("os.", "socket.", "subprocess.", "ctypes.", "shutil.", "tempfile.", "pty.", "syslog.", "sqlite3.",
              "resource.", "signal.pthread_kill", "webbrowser.", "winreg.", "_posixshmem.", "_xxsubinterpreters.")
    unwanted = {"ctypes", "_ctypes", "multiprocessing", "_posixsubprocess"}
    devices = {"/dev/null", "/dev/stdin", "/dev/stdout", "/dev/urandom"}
    write_flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    text, decode, starts, holds, whole, kind = str, os.fsdecode, str.startswith, str.__contains__, int, isinstance
    bytes_type, path_type, error, missing, stack = bytes, type, PermissionError, ImportError, resource.RLIMIT_STACK

    def is_readable(path):
        if path_type(path) is bytes_type:
            path = decode(path)
        return path_type(path) is text and not holds(path, "..") and (path in devices or starts(path + "/", readable))

    def hook(event, args):
        if event == "open":
            path, mode, flags = args
            if path_type(path) is whole:
                return
            writes = kind(flags, whole) and flags & write_flags
            if writes and path != "/dev/null" and path != "/dev/stdout" or not is_readable(path):
                raise error("opening this file is not allowed here")
        elif event in listing:
            if not is_readable(args[0]):
                raise error("reading this folder is not allowed here")
        elif event == "socket.__new__" and args[1] == 1:
            return
        elif event == "import" and args[0] in unwanted:
            raise missing(args[0] + " is not allowed here")
        elif event == "resource.setrlimit" and args[0] == stack:
            return
        elif starts(event, closed) and event not in kept:
            raise error(event + " is not allowed here")

    return hook

start()
`;
