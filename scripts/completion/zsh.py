"""zsh.py DIRECTORY: what zsh offers for each line of standard input, with the completions of DIRECTORY: a line of words each.

The shell is a real one, on a terminal. Its builtin compadd takes what is offered, and has it written down on the way. A line that begins
with "=" is completed, and what stands in the shell's line then is printed."""
import os
import pty
import select
import sys
import time

SETUP = r"""
fpath=(@DIRECTORY@ $fpath)
PROMPT= PS2= zle_bracketed_paste=()
autoload -Uz compinit; compinit -u -D
compadd() {
  if (( ! ${@[(I)-[OAD]*]} )); then
    local -a hits; builtin compadd -A hits "$@"
    print -rl -- "${hits[@]/#/$IPREFIX}" >>@HITS@
  fi
  builtin compadd "$@"
}
finish() { print -r -- "$BUFFER" >@LINE@; BUFFER=; zle redisplay; print -r -- DONE }
zle -N finish
bindkey '^I' complete-word
bindkey '^T' finish
zstyle ':completion:*' insert-tab false
setopt no_always_last_prompt no_list_beep; LISTMAX=10000
print READ''Y
"""
SECONDS = 20


def wait_for(terminal, word):
    text, end = "", time.monotonic() + SECONDS
    while word not in text:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"zsh: no {word} within {SECONDS} s: {text}")
        text += os.read(terminal, 65536).decode(errors="replace")


def main():
    hits, line = (f"{os.environ['TMPDIR']}/zsh-{name}" for name in ("hits", "line"))
    setup = f"{os.environ['TMPDIR']}/zsh-setup"
    with open(setup, "w", encoding="utf-8") as file:
        file.write(SETUP.replace("@DIRECTORY@", sys.argv[1]).replace("@HITS@", hits).replace("@LINE@", line))
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb")
        os.execvp("zsh", ["zsh", "-f", "-i"])
    os.write(terminal, f". {setup}\n".encode())
    wait_for(terminal, "READY")
    for typed in sys.stdin.read().splitlines():
        open(hits, "w").close()
        os.write(terminal, f"{typed.removeprefix('=')}\t\x14".encode())
        wait_for(terminal, "DONE")
        with open(line if typed.startswith("=") else hits, encoding="utf-8") as file:
            print(file.read().rstrip("\n") if typed.startswith("=") else " ".join(sorted(set(file.read().split()))))
    os.write(terminal, b"exit\n")
    os.waitpid(pid, 0)


main()
