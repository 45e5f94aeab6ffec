/*
 * The .NET runtime takes settings of its own, the garbage collector's limits for one, from variables that begin with DOTNET_. Those
 * are of whoever starts this program, and meant for other programs. Ours are compiled in (KHeadersFs.csproj), and no switch of Native
 * AOT turns the variables off, so the linker passes every getenv(3) through here (ld --wrap).
 */
char *__real_getenv(const char *name);
char *__wrap_getenv(const char *name);

char *__wrap_getenv(const char *name)
{
    static const char prefix[] = "DOTNET_";
    int i = 0;

    while (prefix[i] != '\0' && name[i] == prefix[i])
        i++;
    return prefix[i] == '\0' ? 0 : __real_getenv(name);
}
