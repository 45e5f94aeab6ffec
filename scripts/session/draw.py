"""draw.py FILE [--check FILE.svg]: plays the commands of FILE, a line each, in an interactive shell on a terminal of its own, and draws it."""
import os
import pty
import re
import select
import sys
import time
from html import escape, unescape

PROMPT = "$ "
COLUMNS, WIDTH, LINE, TOP, LEFT = 84, 760, 18, 52, 20
SECONDS = 120
STYLE = """
  .window { fill: #0d1117; stroke: #30363d }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3; white-space: pre }
  .prompt { fill: #3fb950 } .said { fill: #9198a1 }
"""


def play(commands):
    """Pairs of a command and the lines that it has printed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(PS1=PROMPT, TERM="dumb", COLUMNS=str(COLUMNS), LC_ALL="C", INPUTRC="/dev/null")
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    wait_for_prompt(terminal)
    session = []
    for command in commands:
        os.write(terminal, command.encode() + b"\n")
        said = wait_for_prompt(terminal).split("\n")[1:]
        if status := ask(terminal, "echo $?"):
            sys.exit(f"draw: {command}: status {status}: {said}")
        session.append((command, [line for line in said if line]))
    os.write(terminal, b"exit\n")
    os.waitpid(pid, 0)
    return session


def ask(terminal, command):
    os.write(terminal, command.encode() + b"\n")
    return int(wait_for_prompt(terminal).split("\n")[1])


def wait_for_prompt(terminal):
    """What was printed until the shell asks for the next command."""
    text, end = "", time.monotonic() + SECONDS
    while not (text.endswith(PROMPT) and (text == PROMPT or text[-len(PROMPT) - 1] == "\n")):
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"draw: no prompt within {SECONDS} s: {text}")
        text += os.read(terminal, 4096).decode().replace("\r", "")
    return text[: -len(PROMPT)]


def draw(session):
    rows = sum(1 + len(said) for _, said in session)
    height = TOP + rows * LINE + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>A terminal: headers are mounted, a program is compiled with them, they are unmounted</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="window" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
    ]
    out += [f'<circle cx="{LEFT + 4 + 20 * i}" cy="20" r="6" fill="{c}"/>' for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    y = TOP
    for command, said in session:
        out.append(f'<text x="{LEFT}" y="{y}"><tspan class="prompt">{PROMPT}</tspan>{escape(command)}</text>')
        y += LINE
        for line in said:
            out.append(f'<text class="said" x="{LEFT}" y="{y}">{escape(line.expandtabs())}</text>')
            y += LINE
    return "\n".join(out) + "\n</svg>\n"


def shown(svg):
    """The lines of a picture, with a 0 for each number: of those none is the same twice."""
    lines = [unescape(re.sub("<[^>]*>", "", line)) for line in svg.split("\n") if line.startswith("<text")]
    return [re.sub(" +", " ", re.sub(r"[0-9][0-9.,]*", "0", line)) for line in lines]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        commands = file.read().splitlines()
    picture = draw(play(commands))
    if sys.argv[2:3] != ["--check"]:
        print(picture, end="")
        return
    with open(sys.argv[3], encoding="utf-8") as file:
        committed = shown(file.read())
    if committed != shown(picture):
        sys.exit("draw: the picture is of another session; scripts/make-session.sh makes it anew:\n" + "\n".join(shown(picture)))


main()
