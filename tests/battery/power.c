/* A disk that forgets what was not flushed when the power goes.
 *
 * Preloaded, it notes for every write below POWER_DIR what stood there before and what was written, in one file for each
 * inode below POWER_NOTES. A flush removes the notes of its file: from then on it is safe. Who kills the process takes back
 * what the notes name, all or a part of it. With POWER_LIES a flush says that it was done, and was not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    int64_t kind, offset, before, old, fresh; /* 0: written, 1: cut to `offset`; size before; bytes that follow */
} note_t;

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void find(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

static int watched(int fd, struct stat *state) {
    char link[64], path[4096];
    const char *directory = getenv("POWER_DIR");
    if (!directory || fstat(fd, state) || !S_ISREG(state->st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return !strncmp(path, directory, strlen(directory));
}

static void named(char *path, size_t room, const struct stat *state) {
    snprintf(path, room, "%s/%llu", getenv("POWER_NOTES"), (unsigned long long)state->st_ino);
}

static void note(int fd, const struct stat *state, int64_t kind, off_t offset, const void *fresh, size_t size) {
    char path[4096];
    named(path, sizeof path, state);
    int64_t last = kind ? state->st_size : offset + (int64_t)size;
    if (last > state->st_size) last = state->st_size;
    int64_t old = last > offset ? last - offset : 0;
    char *kept = malloc(old + 1);
    if (old) old = pread(fd, kept, old, offset);
    note_t head = {kind, offset, state->st_size, old, fresh ? (int64_t)size : 0};
    int notes = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    real_write(notes, &head, sizeof head);
    real_write(notes, kept, old);
    if (fresh) real_write(notes, fresh, size);
    close(notes);
    free(kept);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) {
    struct stat state;
    if (!watched(fd, &state)) return real_pwrite(fd, data, size, offset);
    pthread_mutex_lock(&turn);
    fstat(fd, &state);
    note(fd, &state, 0, offset, data, size);
    ssize_t done = real_pwrite(fd, data, size, offset);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
    struct stat state;
    if (!watched(fd, &state)) return real_write(fd, data, size);
    pthread_mutex_lock(&turn);
    fstat(fd, &state);
    off_t offset = fcntl(fd, F_GETFL) & O_APPEND ? state.st_size : lseek(fd, 0, SEEK_CUR);
    note(fd, &state, 0, offset, data, size);
    ssize_t done = real_write(fd, data, size);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate64(int fd, off_t size) {
    struct stat state;
    if (!watched(fd, &state)) return real_ftruncate(fd, size);
    pthread_mutex_lock(&turn);
    fstat(fd, &state);
    note(fd, &state, 1, size, NULL, 0);
    int done = real_ftruncate(fd, size);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int flushed(int fd, int (*flush)(int)) {
    struct stat state;
    char path[4096];
    if (!watched(fd, &state)) return flush(fd);
    if (getenv("POWER_LIES")) return 0;
    pthread_mutex_lock(&turn); /* what is written meanwhile is not covered by this flush */
    int done = flush(fd);
    named(path, sizeof path, &state);
    if (!done) unlink(path);
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int fd) { return flushed(fd, real_fsync); }

int fdatasync(int fd) { return flushed(fd, real_fdatasync); }
