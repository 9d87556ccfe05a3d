/**
 * A thread of the process that holds the model. It ends that process as soon as whoever started it is gone, however
 * that came about, and whatever its main thread computes: standard input is a pipe whose other end goes with them.
 */
import { Socket } from "node:net";

// Nobody is left who wants what is being computed or written; what was being written is as after any kill.
const end = (): void => {
  process.kill(process.pid, "SIGKILL");
};

new Socket({ fd: 0, readable: true, writable: false }).once("error", end).once("close", end).resume();
