// Reads files in random order, each once, and prints how long open, read to the end and close of one took:
// the median and the 99th percentile in microseconds.
//   read-files DIR COUNT <LIST     LIST: paths below DIR, one per line, always in the same order
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 100000 };

static char *paths[MAX_FILES];
static double took[MAX_FILES];
static char buffer[1 << 20];

// xorshift64 with a fixed seed: every run and every system reads the same files in the same order.
static uint64_t next_random(void)
{
    static uint64_t state = 20260101;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    size_t files = 0, count;
    static char line[4096];
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: read-files DIR COUNT <LIST\n");
        return 2;
    }
    while (files < MAX_FILES && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        paths[files++] = strdup(line);
    }
    count = strtoul(argv[2], NULL, 10);
    if (count == 0 || count > files) {
        fprintf(stderr, "read-files: %zu files wanted, %zu listed\n", count, files);
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        size_t j = i + next_random() % (files - i);
        char *chosen = paths[j];
        paths[j] = paths[i];
        paths[i] = chosen;
    }
    for (size_t i = 0; i < count; i++) {
        double start = microseconds();
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        ssize_t got = -1;
        if (fd >= 0) {
            while ((got = read(fd, buffer, sizeof buffer)) > 0)
                continue;
            close(fd);
        }
        took[i] = microseconds() - start;
        if (got < 0) {
            perror(paths[i]);
            return 1;
        }
    }
    qsort(took, count, sizeof *took, ascending);
    printf("%.1f %.1f\n", took[count / 2], took[count * 99 / 100]);
}
