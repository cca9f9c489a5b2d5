// Starts the real programs and stops them again.
import { spawn } from "node:child_process";

/** Starts a program and waits until `origin` answers /healthz. */
export async function start(binary, args, { origin, env = {}, cwd } = {}) {
  const child = spawn(binary, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const program = { origin, child, said: "", stop: () => stop(child) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (program.said += text));
  }
  const gone = new Promise((_, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`${binary} ended with ${code}:\n${program.said}`)));
  });
  gone.catch(() => {});
  await Promise.race([gone, answers(`${origin}/healthz`)]).catch((error) => {
    child.kill();
    throw new Error(`${error.message}\n${program.said}`);
  });
  return program;
}

async function answers(url, patience = 120_000) {
  for (const until = Date.now() + patience; Date.now() < until; ) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    await new Promise((later) => setTimeout(later, 10));
  }
  throw new Error(`${url} does not answer`);
}

/** Stops a program as a service manager would, and returns its exit status. */
function stop(child) {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise((done) => child.once("exit", (code, signal) => done(code ?? signal)));
  child.kill("SIGTERM");
  return ended;
}
