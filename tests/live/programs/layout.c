/* A process of known layout: at first a child with which it shares 16 MiB, and 8 threads with stacks of 8 MiB. A line
 * on standard input later it has 64 MiB of heap, 128 MiB of anonymous memory of which it touched half, and 32 MiB of
 * the file that it was given, mapped shared. It ends with its standard input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MIB (1UL << 20)

static void *sleeper(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static char *touched(char *from, size_t size)
{
	for (size_t at = 0; at < size; at += 4096)
		from[at] = 1;
	return from;
}

static char *map(size_t size, int flags, int file)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, flags, file, 0);
}

static void say(const char *word)
{
	if (write(1, word, 6) != 6)
		_exit(1);
}

int main(int count, char **words)
{
	char line[8];
	int file = open(words[count - 1], O_RDWR);

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* all pages of one size, so that sizes are what is asked for */
	char *shared = touched(map(16 * MIB, MAP_SHARED | MAP_ANONYMOUS, -1), 16 * MIB);
	pid_t child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		touched(shared, 16 * MIB);
		say("child\n");
		sleeper(NULL);
	}
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 8 * MIB);
	for (int number = 0; number < 8; number++) {
		pthread_t thread;
		pthread_create(&thread, &attributes, sleeper, NULL);
	}
	say("ready\n");
	while (read(0, line, 1) == 1 && line[0] != '\n')
		;
	touched(sbrk(64 * MIB), 64 * MIB);
	touched(map(128 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1), 64 * MIB);
	touched(map(32 * MIB, MAP_SHARED, file), 32 * MIB);
	say("whole\n");
	while (read(0, line, 1) == 1)
		;
	kill(child, SIGKILL);
	return 0;
}
