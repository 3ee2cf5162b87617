// The button for light and dark, and what doxygen-awesome adds to pages.
document.getElementById("theme").addEventListener("click", window.toggleTheme);
for (const graph of document.querySelectorAll(".graph svg")) graph.setAttribute("role", "img");
