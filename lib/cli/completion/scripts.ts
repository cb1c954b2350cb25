/** The shells that have a script. Each calls `bgdeploy __complete`, so that stages and hosts are those of the config. */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: String.raw`# Completion of bgdeploy for bash. In ~/.bashrc: eval "$(bgdeploy completion bash)"
_bgdeploy() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("${"$"}{line%%$'\t'*}")
  done < <("$1" __complete -- "${"$"}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _bgdeploy bgdeploy
`,
  zsh: String.raw`#compdef bgdeploy
# Completion of bgdeploy for zsh. In ~/.zshrc, after compinit: eval "$(bgdeploy completion zsh)"
_bgdeploy() {
  local line word
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    word=${"$"}{line%%$'\t'*}
    word=${"$"}{word//:/\\:}
    [[ $line == *$'\t'* ]] && word+=":${"$"}{line#*$'\t'}"
    found+=("$word")
  done < <("$words[1]" __complete -- "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V bgdeploy found
}
if [[ "$funcstack[1]" == _bgdeploy ]]; then
  _bgdeploy "$@"
else
  compdef _bgdeploy bgdeploy
fi
`,
  fish: String.raw`# Completion of bgdeploy for fish: bgdeploy completion fish >~/.config/fish/completions/bgdeploy.fish
function __bgdeploy_complete
    set -l line (commandline -opc)
    set -l typed (commandline -ct)
    set -l found (command $line[1] __complete -- $line[2..-1] "$typed" 2>/dev/null)
    if test "$found[1]" = ":files"
        __fish_complete_path "$typed"
    else if set -q found[1]
        printf '%s\n' $found
    end
end
complete -c bgdeploy -f -k -a '(__bgdeploy_complete)'
`,
};
