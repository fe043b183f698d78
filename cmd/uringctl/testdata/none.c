// Nothing that is a program.
int number = 1;
