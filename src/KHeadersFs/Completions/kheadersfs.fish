# fish completion for kheadersfs(8). Commands and options come from the program: kheadersfs --list-options.

# __kheadersfs_list KIND: name (and "=ARGUMENT") and help of a kind, a line each, separated by a tab
function __kheadersfs_list
    kheadersfs --list-options 2>/dev/null | while read -l -d \t name kind help rest
        test "$kind" = $argv[1]; and printf '%s\t%s\n' $name $help
    end
end

# The words before the one that is typed.
function __kheadersfs_words
    commandline -opc
end

# __kheadersfs_field N: of the command that is given as the first word, its Nth field: 4 options, 5 operand; nothing if there is none
function __kheadersfs_field
    set -l words (__kheadersfs_words)
    test (count $words) -ge 2; or return
    kheadersfs --list-options 2>/dev/null | while read -l line
        set -l fields (string split \t -- $line)
        test "$fields[2]" = command; and test "$fields[1]" = "$words[2]"; and echo $fields[$argv[1]]
    end
end

function __kheadersfs_is_first
    test (count (__kheadersfs_words)) -eq 1
end

# __kheadersfs_takes WHAT: whether the command takes it as its operand
function __kheadersfs_takes
    test "$(__kheadersfs_field 5)" = $argv[1]
end

# How many operands there are already; -o and -u are none.
function __kheadersfs_operands
    set -l number 0
    set -l is_value 0
    for word in (__kheadersfs_words)[2..-1]
        if test $is_value = 1
            set is_value 0
        else if test "$word" = -o
            set is_value 1
        else if not string match -q -- '-?*' $word
            set number (math $number + 1)
        end
    end
    echo $number
end

function __kheadersfs_mounts_at
    not __kheadersfs_is_command; and not contains -- -u (__kheadersfs_words); and test (__kheadersfs_operands) = $argv[1]
end

function __kheadersfs_is_command
    test -n "$(__kheadersfs_field 4)"
end

function __kheadersfs_unmounts
    contains -- -u (__kheadersfs_words)
end

function __kheadersfs_mounts
    while read -l source directory type rest
        test "$type" = fuse.kheadersfs; and printf '%b\n' (string replace -a '\\' '\\0' -- $directory)
    end </proc/self/mounts
end

function __kheadersfs_sources
    printf 'kheaders\tthe running kernel\'s own\n'
    for directory in /lib/modules/*/
        printf 'release:%s\tof an installed kernel\n' (basename $directory)
    end
end

# What may follow the last comma of a list of -o.
function __kheadersfs_options
    set -l list (commandline -ct | string replace -r -- '^-o' '')
    set -l before (string match -r -- '^.*,' $list)
    set -l typed (string replace -r -- '^.*,' '' $list)
    for kind in own flag kernel
        __kheadersfs_list $kind | while read -l -d \t form help
            set -l parts (string split -m 1 = -- $form)
            if not string match -q '*=*' -- $typed
                test (count $parts) -eq 2; and printf '%s%s=\t%s\n' "$before" $parts[1] $help; or printf '%s%s\t%s\n' "$before" $parts[1] $help
            else if test "$parts[1]" = (string split -m 1 = -- $typed)[1]
                switch "$parts[2]"
                    case '*|*'
                        printf "$before$parts[1]=%s\n" (string split '|' -- $parts[2])
                    case USER
                        printf "$before$parts[1]=%s\n" (__fish_complete_users | string replace -r '\t.*' '')
                    case GROUP
                        printf "$before$parts[1]=%s\n" (__fish_complete_groups | string replace -r '\t.*' '')
                end
            end
        end
    end
end

for program in kheadersfs mount.fuse.kheadersfs mount.kheadersfs
    complete -c $program -f
    complete -c $program -n 'not __kheadersfs_is_command' -s o -x -a '(__kheadersfs_options)' -d 'mount options'
    complete -c $program -n __kheadersfs_unmounts -a '(__kheadersfs_mounts)'
    complete -c $program -n '__kheadersfs_mounts_at 0' -F -a '(__kheadersfs_sources)'
    complete -c $program -n '__kheadersfs_mounts_at 1' -a '(__fish_complete_directories)'
end
complete -c kheadersfs -n __kheadersfs_is_first -a '(__kheadersfs_list command)'
complete -c kheadersfs -n __kheadersfs_is_command -a '(__kheadersfs_field 4 | string split " ")'
complete -c kheadersfs -n '__kheadersfs_takes DIR' -a '(__kheadersfs_mounts)'
complete -c kheadersfs -n '__kheadersfs_takes ARCHIVE' -F -a '(__kheadersfs_sources)'
__kheadersfs_list switch | while read -l -d \t form help
    switch $form
        case '--*'
            complete -c kheadersfs -n 'not __kheadersfs_is_command' -l (string sub -s 3 -- $form) -d $help
        case '-o=*'
        case '-*'
            complete -c kheadersfs -n 'not __kheadersfs_is_command' -s (string sub -s 2 -l 1 -- $form) -d $help
    end
end
