namespace Backup.Host.CommandLine;

/// <summary>
/// What shells read so that they complete the program's words. Each asks the program itself, with what stands before
/// the cursor and without the program's own name, which an alias may have changed.
/// </summary>
internal static class CompletionScripts
{
    /// <summary>By shell.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["bash"] = """
            # Completion of backup for bash: source <(backup completion bash)
            _backup() {
                local line=${COMP_LINE:0:COMP_POINT} word=${2-} proposal
                line=${line#"${line%%[![:space:]]*}"}
                case $line in
                    *[[:space:]]*) line=${line#*[[:space:]]} ;;
                    *) line= ;;
                esac
                COMPREPLY=()
                while IFS= read -r proposal; do
                    [[ $proposal == /* || ( $word != -* && $proposal == -* ) ]] && continue
                    [[ -n $proposal && $proposal == "$word"* ]] && COMPREPLY+=("$proposal")
                done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
            }
            complete -o bashdefault -o default -F _backup backup
            """,
        ["zsh"] = """
            #compdef backup
            # Completion of backup for zsh: source <(backup completion zsh)
            _backup() {
                local line=${LBUFFER##[[:space:]]#}
                if [[ $line == *[[:space:]]* ]]; then line=${line#*[[:space:]]}; else line=; fi
                local -a proposals
                proposals=(${(f)"$($words[1] "[suggest:${#line}]" "$line" 2>/dev/null)"})
                [[ $PREFIX == -* ]] || proposals=(${proposals:#[-/]*})
                compadd -a proposals || _files
            }
            # As a file of $fpath it is run to complete; sourced it only says who completes.
            if [[ $funcstack[1] == _backup ]]; then _backup "$@"; else compdef _backup backup; fi
            """,
        ["fish"] = """
            # Completion of backup for fish: backup completion fish | source
            function __backup_proposals
                set -l line (commandline -cp | string replace -r '^\s*\S+\s*' '')
                set -l word (commandline -ct)
                set -l begin '^'(string escape --style=regex -- "$word")
                set -l proposals (backup "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null \
                    | string match -v -- '/*' | string match -r -- "$begin.*")
                string match -q -- '-*' "$word"; or set proposals (string match -v -- '-*' $proposals)
                if set -q proposals[1]
                    printf '%s\n' $proposals
                else
                    __fish_complete_path "$word"
                end
            end
            complete -c backup -f -a '(__backup_proposals)'
            """,
    };
}
